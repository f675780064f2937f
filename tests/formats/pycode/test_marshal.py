"""The marshal reader against the running interpreter, against nine others, and against harm."""

import marshal
import struct
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.formats.pycode import CodeObject, Group, Opaque, best_versions, read
from modelassay.formats.pycode.marshal import MAX_DEPTH
from tests.formats.pycode.conftest import Samples

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
    | st.just(...)
)
hashable = st.recursive(leaves, lambda inner: st.lists(inner).map(tuple), max_leaves=8)
values = st.recursive(
    hashable | st.frozensets(hashable, max_size=4),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(hashable, inner),
    max_leaves=20,
)


def plain(value: object) -> object:
    """A value as the reader gives it, with the order of sets taken from the bytes' own."""
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    if isinstance(value, list):
        return ["list", *(plain(one) for one in value)]
    if isinstance(value, set | frozenset):
        return [type(value).__name__, *sorted(repr(plain(one)) for one in value)]
    if isinstance(value, dict):
        return ["dict", *(plain(one) for pair in value.items() for one in pair)]
    if isinstance(value, Group) and "set" in value.kind:
        return [value.kind, *sorted(repr(plain(one)) for one in value.items)]
    return [value.kind, *(plain(one) for one in value.items)] if isinstance(value, Group) else value


@given(values, st.integers(0, 4))
def test_values_are_read_as_the_interpreter_reads_them(value: object, version: int) -> None:
    data = marshal.dumps(value, version)
    reading = read(data)
    assert reading.error is None
    assert reading.end == len(data)
    assert plain(reading.value) == plain(marshal.loads(data))


def walk(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from walk(constant)


@pytest.mark.parametrize("module", ["argparse.py", "ast.py", "inspect.py", "asyncio/tasks.py"])
def test_modules_of_the_running_interpreter(module: str) -> None:
    source = (Path(types.__file__).parent / module).read_text()
    expected = list(walk(compile(source, module, "exec")))
    root = read(marshal.dumps(expected[0])).value
    assert isinstance(root, CodeObject)
    found = list(root.walk())
    assert len(found) == len(expected) > 50
    order = {(code.co_qualname, code.co_firstlineno): code for code in expected}
    for code in found:
        real = order[code.qualname, code.firstlineno]
        assert not code.faults
        for name in ("name", "filename", "argcount", "flags", "names", "varnames", "freevars"):
            assert getattr(code, name) == getattr(real, f"co_{name}"), name
        assert code.code == real.co_code
        assert code.exceptiontable == real.co_exceptiontable
    assert sys.version_info[:2] in best_versions(root)


def test_every_sample_is_read_whole_and_dated(samples: Samples) -> None:
    for name in samples.names:
        reading = read(samples.data(name))
        assert reading.error is None, name
        assert reading.end == reading.size
        assert not reading.alternatives
        assert all(not code.faults for code in reading.codes)
        assert samples.version in best_versions(samples.code(name)), name


def test_versions_are_told_apart_by_a_whole_program(samples: Samples) -> None:
    common = set(samples.code("attempt").versions)
    for name in samples.names:
        common &= set(best_versions(samples.code(name)))
    assert samples.version in common
    assert len(common) <= (2 if samples.version < (3, 8) else 1)


def test_constants_of_every_version(samples: Samples) -> None:
    constants = samples.code("constants").consts
    flat = list(constants)
    for constant in constants:
        flat.extend(constant if isinstance(constant, tuple) else ())
    assert 1 << 70 in flat
    assert 2.5 in flat
    assert any(one in ("\u20ac", b"\\u20ac") for one in flat if isinstance(one, str | bytes))


def test_nested_code_is_found(samples: Samples) -> None:
    assert [code.name for code in samples.code("closure").walk()] == ["<module>", "f", "g"]
    inner = list(samples.code("closure").walk())[2]
    assert inner.freevars == ("o",)


def test_cut_short_anywhere_keeps_what_was_read(samples: Samples) -> None:
    data = samples.data("closure")
    kept = set()
    for end in range(len(data)):
        reading = read(data[:end])
        assert reading.error is not None
        assert reading.error.offset <= end
        kept |= {name for code in reading.codes for name in code.names}
        if end > len(data) - 8:  # only the end of the line table is missing
            assert isinstance(reading.value, CodeObject)
            assert reading.value.nested[0].nested[0].names[-1] == "system"
            assert "cut short" in reading.value.faults
    assert "system" in kept


@given(st.data())
def test_changed_bytes_never_raise(data: st.DataObject) -> None:
    original = bytearray(
        marshal.dumps(compile("f = lambda x: [x.y(z) for z in 'ab']", "f", "exec"))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        original[data.draw(st.integers(0, len(original) - 1))] = data.draw(st.integers(0, 255))
    reading = read(original)
    assert reading.error is None or 0 <= reading.error.offset <= len(original)
    for code in reading.codes:
        assert repr(code)


@given(st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    reading = read(data)
    assert reading.end <= len(data)


@pytest.mark.parametrize("kind", [b"(", b"[", b"<", b">", b"s", b"u", b"a", b"t"])
def test_a_claimed_length_allocates_nothing(kind: bytes) -> None:
    reading = read(kind + struct.pack("<i", 0x7FFFFFFF) + b"N")
    assert reading.error is not None
    assert reading.nodes <= 2


def test_depth_is_limited() -> None:
    deep = read(b")\x01" * (MAX_DEPTH + 1) + b"N")
    assert deep.error is not None
    assert "deeper" in deep.error.reason
    assert read(b")\x01" * (MAX_DEPTH - 1) + b"N").error is None


def test_nodes_are_limited() -> None:
    reading = read(b"(" + struct.pack("<i", 100) + b"N" * 100, max_nodes=50)
    assert reading.error is not None
    assert isinstance(reading.value, tuple)
    assert len(reading.value) == 49  # the tuple is one itself


def test_code_objects_that_share_a_long_tuple_count_as_much() -> None:
    names = b"\xa9\x02z\x01az\x01b"  # FLAG_REF: reference 0
    body = struct.pack("<5i", 0, 0, 0, 1, 0) + b"s\0\0\0\0" + b")\0" + b"r\0\0\0\0" + b")\0"
    code = b"c" + body + b"s\0\0\0\0" + b"z\1fz\1gz\1g" + struct.pack("<i", 1) + b"s\0\0\0\0" * 2
    data = b"(" + struct.pack("<i", 101) + names + code * 100
    assert read(data).error is None
    assert len(read(data).codes) == 100
    small = read(data, max_nodes=1200)
    assert small.error is not None
    assert len(small.codes) < 100


def test_a_reference_to_an_unfinished_tuple_is_opaque() -> None:
    reading = read(b"\xa9\x01r\0\0\0\0")
    assert isinstance(reading.value, tuple)
    assert isinstance(reading.value[0], Opaque)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "needed"),
        (b"?", "unknown type"),
        (b"r\0\0\0\0", "reference 0 of 0"),
        (b")\x010", "NULL"),
        (b"l\1\0\0\0\xff\xff", "digit"),
        (b"f\3abc", "not a number"),
        (b"u\1\0\0\0\xff", "UTF-8"),
    ],
)
def test_errors_say_where_and_why(data: bytes, reason: str) -> None:
    error = read(data).error
    assert error is not None
    assert reason in str(error)
    assert 0 <= error.offset <= len(data)


def test_slices_of_3_14() -> None:
    reading = read(b"\xba" + b"N" + b"i\2\0\0\0" + b"N")
    assert isinstance(reading.value, Group)
    assert (reading.value.kind, reading.value.items) == ("slice", (None, 2, None))


def test_what_follows_the_value_is_left_alone() -> None:
    reading = read(b"xxNrest", offset=2)
    assert (reading.value, reading.error, reading.end, reading.size) == (None, None, 3, 7)
