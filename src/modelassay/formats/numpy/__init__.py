"""NumPy arrays (`.npy`): a header, then raw elements, or a pickle if they are objects.

Source: `numpy/lib/format.py` and `numpy/lib/_format_impl.py` of NumPy 1.6 to 2.4; NEP 1. One file
may hold several arrays behind each other, as repeated `numpy.save` writes them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.core.values import Const
from modelassay.formats.base import Child, Elements, Event, Incomplete, Skipped, Source
from modelassay.formats.numpy.header import Header, read_header
from modelassay.io.blob import Blob

MAGIC: Final = b"\x93NUMPY"
#: NumPy reads no longer header unless it is told to trust the file.
_TRUSTED_HEADER: Final = 10_000
_LONGEST_HEADER: Final = 1 << 22
_MOST_ARRAYS: Final = 10_000


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as an array of any version does."""
    return blob.head(len(MAGIC)) == MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of every array, and what stands behind them."""
    blob, position = source.blob, 0
    for _ in range(_MOST_ARRAYS):
        end = yield from _read_array(blob, position)
        if end is None or end >= blob.size:
            return
        position = end
        if blob.read_at(position, len(MAGIC)) != MAGIC:
            break
        source.budget.tick()
    message = f"{blob.size - position} bytes stand behind the array"
    yield _anomaly("npy-trailing-bytes", message, position)
    yield _tail(blob, position)


def _read_array(blob: Blob, start: int) -> Generator[Event, None, int | None]:
    """Yield what one array says; return where it ends, `None` if all of `blob` is dealt with."""
    prefix = blob.read_at(start, 12)
    major = prefix[6] if len(prefix) > 6 else 0
    width = 2 if major == 1 else 4
    if major not in (1, 2, 3) or len(prefix) < 8 + width:
        yield _anomaly("npy-version", f"there is no format version {major}", start)
        yield Incomplete("the header of the array is not read")
        yield _tail(blob, start + len(MAGIC))
        return None
    length = int.from_bytes(prefix[8 : 8 + width], "little")
    data = start + 8 + width + length
    if length > _TRUSTED_HEADER or data > blob.size:
        left = blob.size - start - 8 - width
        message = f"the header claims {length} bytes, {left} follow"
        yield _anomaly("npy-header-size", message, start + 8, length, left)
    if data > blob.size or length > _LONGEST_HEADER:
        yield Incomplete("the header of the array is not read")
        yield _tail(blob, start + 8 + width)
        return None
    raw = blob.read_at(start + 8 + width, length)
    header = read_header(raw.decode("utf-8" if major == 3 else "latin-1", "replace"))
    for kind, message in header.faults:
        yield _anomaly(kind, message, start + 8 + width)
    return (yield from _read_elements(blob, header, data))


def _read_elements(blob: Blob, header: Header, start: int) -> Generator[Event, None, int | None]:
    """Yield what stands behind a header; return where it ends as `_read_array` does."""
    size, left = header.size, blob.size - start
    yield Tensor(name="", dtype=header.dtype, shape=header.shape, size=size, at=Location(start))
    if header.element is not None and header.element.objects:
        yield Child("objects", blob.sub(start), role="content", format="pickle")
        return None
    if size is None or size > left:
        if size is not None:
            message = f"the array claims {size} bytes, {left} follow"
            yield _anomaly("npy-size", message, start, size, left)
        yield Incomplete("what stands behind the header is not the array it describes")
        yield _tail(blob, start)
        return None
    yield Skipped("array data", size)
    yield Elements("", header.dtype, start, size, header.shape)
    return start + size


def _anomaly(kind: str, message: str, offset: int, *values: int) -> Anomaly:
    return Anomaly(
        kind=kind,
        message=message,
        values=tuple(Const(value) for value in values),
        at=Location(offset),
    )


def _tail(blob: Blob, offset: int) -> Child:
    return Child(f"@{offset}", blob.sub(offset), role="tail")
