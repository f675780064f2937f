"""Arrays over buffers stay within them; wrappers of functions are as bad as what they wrap."""

from __future__ import annotations

import struct

import pytest

from tests.helpers.scanning import rules_of, scan_bytes


def text(word: str) -> bytes:
    raw = word.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def name(module: str, qualname: str) -> bytes:
    return text(module) + text(qualname) + b"\x93"


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def buffer(content: bytes | None) -> bytes:
    if content is None:
        return b"N"
    data = b"B" + struct.pack("<I", len(content)) + content
    return name("pyarrow.lib", "py_buffer") + data + b"\x85R"


def parts(
    kind: str, length: int, offset: int, *buffers: bytes | None, inside: bytes = b""
) -> bytes:
    made = name("pyarrow.lib", "type_for_alias") + text(kind) + b"\x85R"
    held = b"](" + b"".join(map(buffer, buffers)) + b"e"
    return b"(" + made + number(length) + b"K\x00" + number(offset) + held + b"](" + inside + b"eNt"


def array(*args: object, **inside: bytes) -> bytes:
    made = parts(*args, **inside)  # type: ignore[arg-type]
    return b"\x80\x04" + name("pyarrow.lib", "_restore_array") + made + b"\x85R."


@pytest.mark.parametrize(
    "data",
    [
        array("int64", 2, 0, None, bytes(16)),
        array("int64", 1, 1, None, bytes(16)),
        array("int8", 8, 0, b"\xff", bytes(8)),
        array("bool", 9, 0, None, bytes(2)),
        array("string", 1, 0, None, bytes(8), b""),
        array("string", 0, 0, None, b"", b""),
        array("timestamp[ns]", 1, 0, None, bytes(8)),
        array("int64", 0, 0, None, None, inside=parts("int8", 1, 0, None, b"1")),
    ],
)
def test_arrays_within_their_buffers(data: bytes) -> None:
    assert rules_of(scan_bytes(data, "array.pkl")) == {}


@pytest.mark.parametrize(
    "data",
    [
        array("int64", 3, 0, None, bytes(16)),
        array("int64", 1, 2, None, bytes(16)),
        array("int64", -1, 0, None, bytes(16)),
        array("int8", 9, 0, b"\xff", bytes(9)),
        array("string", 2, 0, None, bytes(8), b""),
        array("large_string", 1, 0, None, bytes(8), b""),
        array("timestamp[ns]", 2, 0, None, bytes(8)),
        array("int64", 0, 0, None, None, inside=parts("int8", 2, 0, None, b"1")),
        b"\x80\x04" + name("pyarrow.lib", "_restore_array") + b"K\x01\x85R.",
    ],
)
def test_arrays_beyond_their_buffers(data: bytes) -> None:
    assert rules_of(scan_bytes(data, "array.pkl")) == {"native-code": "critical"}


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (("math", "sqrt"), {}),
        (("mylib", "f"), {"unvouched-package": "medium"}),
        (("os", "system"), {"callback-dispatch": "critical", "command-execution": "critical"}),
    ],
)
def test_ufuncs_over_a_function(function: tuple[str, str], said: dict[str, str]) -> None:
    made = name("numpy", "frompyfunc") + name(*function) + b"K\x01K\x01\x87R"
    assert rules_of(scan_bytes(b"\x80\x04" + made + b".", "ufunc.pkl")) == said


def test_a_function_of_sympy_that_is_applied_is_a_class_made_of_a_name() -> None:
    maker = name("sympy.core.function", "_rebuild_undef")
    symbol = name("sympy.core.symbol", "Symbol") + text("x") + b"\x85\x81\x85\x81."
    applied = b"\x80\x04" + maker + text("f") + b"}\x86R" + symbol
    assert rules_of(scan_bytes(applied, "f.pkl")) == {"unvouched-package": "medium"}
    called = b"\x80\x04" + maker + text("f") + b"}\x86R" + text("id") + b"\x85R."
    assert rules_of(scan_bytes(called, "f.pkl"))["computed-name"] == "high"
    evaluated = b"\x80\x04" + maker + text("os.system('id')") + b"}\x86R" + symbol
    assert rules_of(scan_bytes(evaluated, "f.pkl"))["hostile-argument"] == "high"
