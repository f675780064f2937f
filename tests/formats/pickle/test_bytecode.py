"""Code objects in pickles: read whole, with what their globals stand for, and never run."""

from __future__ import annotations

import marshal
import pickle
import types
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.facts import Code, Limit
from tests.formats.exploring import DATA, explore
from tests.formats.pytorch.making import call, name, push, stream

SAMPLES = sorted(DATA.glob("code-*/*.pkl"))


def label(path: Path) -> str:
    return path.stem


def test_there_are_samples() -> None:
    assert len(SAMPLES) == 7


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_code_is_read(path: Path) -> None:
    found = explore(path)
    assert found.reasons == []
    (code,) = found.of(Code)
    assert code.complete
    assert code.name.endswith("reach")
    module = "system" if "marshal" in path.stem else "os"
    assert f"{module}.getenv" in {one.name for one in code.references if one.called}
    assert any("LOAD_GLOBAL" in line for line in code.listing)


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_code_is_a_finding(path: Path) -> None:
    report = scan(path)
    assert "code-by-value" in {finding.rule for finding in report.findings}
    assert {artifact.status for artifact in report.artifacts} == {"scanned"}


def f(more: str = "x") -> object:
    return __import__("subprocess").run(["true"], text=more)


def arguments(code: types.CodeType) -> tuple[object, ...]:
    return (
        *(code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_nlocals),
        *(code.co_stacksize, code.co_flags, code.co_code, code.co_consts, code.co_names),
        *(code.co_varnames, code.co_filename, code.co_name, code.co_qualname),
        *(code.co_firstlineno, code.co_linetable, code.co_exceptiontable),
        *(code.co_freevars, code.co_cellvars),
    )


def pushed(value: object) -> bytes:
    """Push a value whose bytes are pushed by protocol 3."""
    if isinstance(value, tuple):
        return b"(" + b"".join(pushed(item) for item in value) + b"t"
    if isinstance(value, bytes):
        return b"B" + len(value).to_bytes(4, "little") + value
    return push(value)


MADE = pushed(arguments(f.__code__)) + b"R"


@pytest.mark.parametrize(
    "maker",
    [
        name("types", "CodeType"),
        name("dill._dill", "_create_code"),
        name("dill.dill", "_create_code"),
        call("cloudpickle.cloudpickle", "_builtin_type", push("CodeType")),
        call("joblib.externals.cloudpickle.cloudpickle", "_builtin_type", push("CodeType")),
        call("dill._dill", "_load_type", push("CodeType")),
    ],
)
def test_every_way_to_make_code(maker: bytes) -> None:
    found = explore(stream(maker + MADE))
    (code,) = found.of(Code)
    names = {one.name for one in code.references}
    assert code.name == "f"
    assert any("subprocess" in one for one in names)
    assert not [one for one in found.inside if "bytes" in one.path]


def test_marshalled_code() -> None:
    made = call("marshal", "loads", pushed(marshal.dumps(f.__code__)))
    (code,) = explore(stream(made)).of(Code)
    assert code.name == "f"
    assert code.complete


def test_long_code_is_read_whole() -> None:
    source = "def g(x):\n" + "    x = x + 12345\n" * 3000 + "    return os.system(x)\n"
    room: dict[str, object] = {}
    exec(compile(source, "g", "exec"), room)
    function = room["g"]
    assert isinstance(function, types.FunctionType)
    made = call("marshal", "loads", pushed(marshal.dumps(function.__code__)))
    (code,) = explore(stream(made)).of(Code)
    assert "os.system" in {one.name for one in code.references}
    assert len(code.listing) < 200


@pytest.mark.parametrize(
    "made",
    [
        call("types", "CodeType", push(1)),
        call("types", "CodeType"),
        call("types", "CodeType", *[push(None)] * 18),
        call("marshal", "loads", pushed(b"\xe3" + bytes(40))),
        call("marshal", "loads", pushed(b"")),
        call("marshal", "loads", push(5)),
        call("cloudpickle.cloudpickle", "_make_function", push(1), push(2)),
        call("cloudpickle.cloudpickle", "_function_setstate", push(1), push((1, 2))),
        call("cloudpickle.cloudpickle", "_builtin_type") + b")R",
        name("types", "CodeType") + b"NR",
        name("types", "CodeType") + b"]R",
    ],
)
def test_broken_code_is_no_crash(made: bytes) -> None:
    found = explore(stream(made))
    assert all(not fact.complete for fact in found.of(Code))


def test_code_in_a_stream_that_breaks_off_is_told() -> None:
    data = b"\x80\x03" + name("types", "CodeType") + MADE + b"\xff"
    assert [fact.name for fact in explore(data).of(Code)] == ["f"]


def test_the_pickles_of_python_agree() -> None:
    assert pickle.loads(stream(pushed((b"a", "b", 1, None)))) == [(b"a", "b", 1, None)]


def test_constants_that_hold_themselves_many_times() -> None:
    layers = (
        b"("
        + push(1) * 100
        + b"tq\x00"
        + b"".join(
            b"(" + b"h" + bytes([n]) + (b"h" + bytes([n])) * 99 + b"tq" + bytes([n + 1])
            for n in range(11)
        )
    )
    made = name("types", "CodeType") + b"(" + b"h\x0b" * 18 + b"tR"
    assert len(explore(b"\x80\x02" + layers + made + b".").of(Code)) == 1


def test_many_codes_are_bounded() -> None:
    made = name("types", "CodeType") + b"q\x00" + pushed(arguments(f.__code__)) + b"q\x01R0"
    found = explore(b"\x80\x03" + made + b"h\x00h\x01R0" * 2100 + b"N.")
    assert len(found.of(Code)) == 2000
    assert found.of(Limit)


@pytest.mark.parametrize("count", [20_000])
def test_one_long_tuple_given_many_times(count: int) -> None:
    long = b"(" + push(1) * count + b"tq\x00"
    made = name("types", "CodeType") + b"q\x010"
    found = explore(b"\x80\x02" + long + made + b"h\x01(h\x00h\x00tR0" * 50 + b"N.")
    assert found.of(Code)
    assert found.of(Limit)
