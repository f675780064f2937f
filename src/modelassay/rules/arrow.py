"""Whether the arrays of Apache Arrow in a pickle stay within their buffers.

`pyarrow.lib._restore_array` takes a tuple (type, length, null count, offset, buffers, children,
dictionary) as it is: what its length claims beyond a buffer is read from other memory. How long a
buffer has to be follows from the type: https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

from typing import Final

from modelassay.core.values import Const, Made, Sequence, Value, children
from modelassay.rules.entries import constant, result

#: Bits of an element, by the names of types, and by the functions that make types.
_BITS: Final = {
    "bool": 1, "bool_": 1, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32,
    "uint32": 32, "int64": 64, "uint64": 64, "float16": 16, "halffloat": 16, "float": 32,
    "float32": 32, "double": 64, "float64": 64, "date32": 32, "date32[day]": 32, "date64": 64,
    "date64[ms]": 64, "time32": 32, "time64": 64, "timestamp": 64, "duration": 64,
    "decimal128": 128, "decimal256": 256,
}  # fmt: skip
#: Bits of an offset into the data, of types whose elements differ in length.
_OFFSETS: Final = {
    "string": 32, "str": 32, "utf8": 32, "binary": 32, "large_string": 64, "large_binary": 64,
    "list_": 32, "map_": 32, "large_list": 64,
}  # fmt: skip


def fits(value: Value) -> bool:
    """Whether every buffer in such a tuple, and in those within, holds what the length claims."""
    pending: list[Value] = [value]
    while pending:
        match pending.pop():
            case Sequence(type="tuple", items=(kind, length, _, offset, buffers, *inner)):
                if not _is_within(_word(kind), constant(length), constant(offset), buffers):
                    return False
                if len(inner) > 2:
                    return False
                for part in inner:
                    pending.extend(_arrays(part))
            case _:
                return False
    return True


def _arrays(value: Value) -> tuple[Value, ...]:
    """Return the children of an array, or its dictionary."""
    if isinstance(value, Sequence) and value.type == "list":
        return value.items
    return () if constant(value) is None else (value,)


def _is_within(kind: str, length: object, offset: object, buffers: Value) -> bool:
    if not isinstance(length, int) or not isinstance(offset, int) or min(length, offset) < 0:
        return False
    if not isinstance(buffers, Sequence) or not all(map(_is_buffer, buffers.items)):
        return False
    end = length + offset
    needed = [end]
    if kind in _BITS:
        needed.append(end * _BITS[kind])
    elif kind in _OFFSETS and length:
        needed.append((end + 1) * _OFFSETS[kind])
    sizes = [_size(buffer) for buffer in buffers.items]
    pairs = zip(needed, sizes, strict=False)
    return all(size is None or bits <= size * 8 for bits, size in pairs)


def _word(kind: Value) -> str:
    """Return the name of a type, or of the function that makes it."""
    match kind:
        case Made(args=(Const(str(alias)),)) if result(kind) == "pyarrow.lib.DataType":
            return alias.partition("[")[0] if alias.startswith(("time", "duration")) else alias
        case Made(callable=made):
            return str(made).rpartition(".")[2].rpartition(":")[2]
    return ""


def _is_buffer(value: Value) -> bool:
    return constant(value) is None or result(value) == "buffer"


def _size(buffer: Value) -> int | None:
    """Return the length of a buffer in bytes, if the stream itself holds it."""
    while isinstance(buffer, Made) and len(buffer.args) == 1:
        (buffer,) = buffer.args
    if isinstance(buffer, Const) and buffer.size is not None:
        return buffer.size
    if any(isinstance(part, Const) and part.size is not None for part in children(buffer)):
        return None  # text that is encoded, of which only the beginning is kept
    plain = constant(buffer)
    return len(plain) if isinstance(plain, bytes) else None
