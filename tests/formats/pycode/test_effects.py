"""What code refers to, the same in every version."""

import marshal
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.formats.pycode import CodeObject, Symbol, read, references
from modelassay.formats.pycode.machine import _MAX_STEPS
from tests.formats.pycode.conftest import Samples

EXPECTED = {
    "plain": ["<module>: import os", "<module>: os.system('id')"],
    "alias": ["f: import os", "f: os.system('id')"],
    "from_import": [
        "<module>: import subprocess",
        "<module>: import subprocess.run",
        "<module>: subprocess.run(('id',), shell=True)",
    ],
    "dunder_import": [
        "<lambda>: __import__('os')",
        "<lambda>: import os",
        "<lambda>: os.system('id')",
    ],
    "subclasses": [
        "<module>: ().__class__.__base__.__subclasses__()",
        "<module>: ().__class__.__base__.__subclasses__()[1].load('os')",
    ],
    "getattr_default": ["f: getattr(os, 'system')", "f: os.system('id')"],
    "joined": ["<module>: os.system('id')"],
    "reversed": ["f: __import__('os')", "f: os.system('id')"],
    "percent": ["<module>: os.system('id')"],
    "branch": ["f: os.system(1)", "f: safe(1)"],
    "modules": ["<module>: import sys", "<module>: os.system('id')"],
    "globals": ["<module>: globals()", "<module>: eval('1')"],
    "vars": ["<module>: vars(os)", "<module>: os.system('id')"],
    "closure": ["f: import os", "f.g: os.system('id')"],
    "with": ["f: open('/x', 'w')", "f: open().write('a')"],
    "spread": ["f: os.system('id', 1, 2, k=1)"],
    "decoded": ["<module>: base64.b64decode('cHJpbnQoMSk=')", "<module>: exec(b'print(1)')"],
    "reduce": ["A.__reduce__: eval"],
    "star": ["<module>: import os.*", "<module>: system('id')"],
    "passed": ["<module>: map(os.system, ('id',))", "<module>: os.system"],
    "import_module": ["<module>: import os.path", "<module>: os.path.join('a', 'b')"],
    "keywords": ["<module>: subprocess.Popen(args=1, shell=True, stdout=subprocess.PIPE)"],
    "attrgetter": ["<module>: os.system('id')"],
    "attempt": ["f: g()", "f: ValueError", "f: import os", "f: os.abort()"],
}


def found(code: CodeObject, **options: object) -> list[str]:
    result = references(code, **options)  # type: ignore[arg-type]
    assert result.complete
    return [f"{one.path}: {one}" for one in result.found]


@pytest.mark.parametrize("name", EXPECTED)
def test_references_of_every_version(name: str, samples: Samples) -> None:
    texts = found(samples.code(name))
    assert set(EXPECTED[name]) <= set(texts), texts


def test_a_call_across_a_conditional_argument_is_still_a_call(samples: Samples) -> None:
    texts = found(samples.code("conditional"))
    assert {"<module>: os.system('a')", "<module>: os.system('b')"} & set(texts)


def test_a_longer_name_stands_in_place_of_a_shorter(samples: Samples) -> None:
    assert "<module>: os" not in found(samples.code("plain"))


def test_names_as_arguments_are_symbols(samples: Samples) -> None:
    result = references(samples.code("passed"))
    call = next(one for one in result.found if one.name == "map")
    assert call.arguments == (Symbol("os.system"), ("id",))
    assert call.called


def test_offsets_are_those_of_instructions(samples: Samples) -> None:
    (call,) = [one for one in references(samples.code("plain")).found if one.called]
    assert 0 < call.offset < len(samples.code("plain").code)


def code_of(source: str) -> CodeObject:
    value = read(marshal.dumps(compile(source, "s", "exec"))).value
    assert isinstance(value, CodeObject)
    return value


def test_aliases_of_the_pickle_resolve_globals() -> None:
    code = code_of("f = lambda: o.system('id')")
    assert "<lambda>: os.system('id')" in found(code, aliases={"o": "os"})


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.__getattribute__('system')(1)",
        "import os\nobject.__getattribute__(os, 'system')(1)",
        "import os\nos.__dict__['system'](1)",
        "import os\nos.__dict__.get('system')(1)",
        "import sys\nsys.modules.get('os').system(1)",
        "import builtins\nbuiltins.__import__('os').system(1)",
        "(lambda m: m.system(1))(__import__('os'))",
        "def f(m=__import__('os')):\n    m.system(1)",
        "x = 'o' + 's'\n__import__(x).system(1)",
        "__import__(bytes([111, 115]).decode()).system(1)",
        "__import__('sys').modules['os'].system(1)",
        "import codecs, os\ngetattr(os, codecs.decode('flfgrz', 'rot13'))(1)",
        "import os\ngetattr(os, ''.join(reversed('metsys')))(1)",
        "a, b = __import__('os'), 2\na.system(1)",
        "from os import system as s\nt = s\nt(1)",
        "class A:\n    import os\n    os.system(1)",
        "import os\n[os.system(1) for x in y]",
        "import os\nos.system(*[1])",
        "import os\nf = f or os.system\nf(1)",
        "import os\nwhile x:\n    try:\n        y()\n    finally:\n        os.system(1)",
        "import os\nx = [os]\nx[0].system(1)",
    ],
)
def test_detours_lead_to_the_name(source: str) -> None:
    texts = [str(one) for one in references(code_of(source)).found]
    assert "os.system(1)" in texts, texts


@pytest.mark.parametrize(
    "source",
    ["'a' * 10**9", "x = 'a' * 100000\ny = x * 100000", "x = '%999999999d' % 1", "1 << 9**9"],
)
def test_constants_do_not_grow_without_bound(source: str) -> None:
    text = source.replace("10**9", "n").replace("9**9", "n")
    assert references(code_of("n = 1000000000\n" + text)).complete


def test_a_search_cut_short_says_so() -> None:
    long = CodeObject(code=bytes([9, 0]) * (_MAX_STEPS + 1), versions=((3, 8),))
    assert not references(long, version=(3, 8)).complete


@given(st.binary(max_size=300))
def test_any_bytecode_is_followed(data: bytes) -> None:
    consts = ("os", 3, b"x", None, ("a", "b"), CodeObject(name="f", code=data))
    code = CodeObject(
        name="r", code=data, consts=consts, names=("os", "system", "eval"), varnames=("a", "b")
    )
    assert references(code).complete


def test_shared_constants_are_walked_once() -> None:
    inner = tuple(CodeObject(name=str(at)) for at in range(50))
    shared = tuple(CodeObject(name="n", consts=(inner,)) for _ in range(50))
    assert len(list(CodeObject(name="r", consts=(shared, inner)).walk())) == 101


def test_the_int32_of_a_jump_beyond_the_end_is_harmless() -> None:
    code = CodeObject(code=b"\x90\xff" * 3 + b"\x6e\xff" + struct.pack("<I", 0), versions=((3, 8),))
    assert references(code).found == ()
