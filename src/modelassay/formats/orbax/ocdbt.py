"""Databases of arrays: manifests and nodes of OCDBT, as TensorStore writes them for Orbax.

Source: "ocdbt Key-Value Store driver", Storage format, in the documentation of TensorStore. A file
below `d/` is values and nodes one behind the other; nodes say where in which file the others and
the values lie, relative to the folder around `d/`. Checksums are not verified.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source, Weights, trailing
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.codecs import CODECS
from modelassay.io.cursor import Cursor
from modelassay.io.inflate import inflate

MANIFEST: Final = b"\x0c\xdb\x3a\x2a"
NODE: Final = b"\x0c\xdb\x20\xde"
VERSIONS: Final = b"\x0c\xdb\x12\x34"
_MAGICS: Final = (MANIFEST, NODE, VERSIONS)
_HEADER: Final = 14
_CHECKSUM: Final = 4
_MOST_FILES: Final = 100_000
_MOST_TOLD: Final = 2000
_LONGEST: Final = 65_535
_MOST_ENTRIES: Final = 5_000_000
_MOST_NODES: Final = 100_000


class _Part(msgspec.Struct, frozen=True):
    """A manifest or a node: where it lies, and the codec of its body."""

    magic: bytes
    start: int
    length: int
    packed: bool


def identify(blob: Blob) -> bool:
    """Whether a manifest or a node stands at the start, as long as it says."""
    return _part(blob, 0) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the files that are named, and what is wrong with the nodes."""
    blob, position = source.blob, 0
    files: dict[str, int] = {}
    for _ in range(_MOST_NODES):
        part = _part(blob, position)
        if part is None:
            break
        try:
            _read(blob, part, source.budget, files)
        except ReadError as error:
            message = f"a node is broken: {error}"
            yield Anomaly(kind="model-structure", message=message, at=Location(position))
            yield Incomplete(message)
        position += part.length
    yield from _named(source.name, files)
    yield Skipped("nodes", position)
    if position < blob.size:
        yield from _behind(blob, position, files)


def _behind(blob: Blob, position: int, files: dict[str, int]) -> Iterator[Event]:
    """Yield what stands behind the nodes: values that other nodes speak of, in a file of data."""
    if blob.head(4) == MANIFEST:
        yield from trailing(blob, position, "the manifest")
    else:
        yield Child(f"@{position}", blob.sub(position), role="tail")


def _named(name: str, files: dict[str, int]) -> Iterator[Event]:
    """Yield the files of data; from a file below `d/` they are reached by way of its folder."""
    inside = posixpath.basename(posixpath.dirname(name.replace("!", "/"))) == "d"
    for path, end in list(files.items())[:_MOST_TOLD]:
        yield Reference(target=path[:1000], role="weight-file")
        yield Weights(f"../{path}" if inside else path, end)
    if len(files) > _MOST_TOLD:
        yield Incomplete(f"more than {_MOST_TOLD} files of data are named")


def _part(blob: Blob, start: int) -> _Part | None:
    head = blob.read_at(start, _HEADER)
    if len(head) < _HEADER or head[:4] not in _MAGICS or head[12] or head[13] > 1:
        return None
    length = int.from_bytes(head[4:12], "little")
    if not _HEADER + _CHECKSUM <= length <= blob.size - start:
        return None
    return _Part(head[:4], start, length, bool(head[13]))


def _read(blob: Blob, part: _Part, budget: Budget, files: dict[str, int]) -> None:
    """Add to `files` how far each file that a part names is spoken for. Raises `ReadError`."""
    body = blob.sub(part.start + _HEADER, part.length - _HEADER - _CHECKSUM)
    if part.packed:
        result = inflate(body, CODECS["zstd"], budget)
        if result.limit is not None:
            raise result.limit
        if result.error is not None or not result.ended:
            raise ReadError(f"its body does not inflate: {result.error}", part.start)
        body = result.blob
    reader = _Reader(body)
    if part.magic == MANIFEST:
        _manifest(reader, files)
    elif part.magic == VERSIONS:
        reader.skip(2)
        _spoken(files, dict.fromkeys(reader.table(), 0))
    else:
        height = reader.u8()
        table = reader.table()
        count = reader.count()
        _spoken(files, dict.fromkeys(table, 0))
        _node(reader, height, table, count, files)


def _manifest(reader: _Reader, files: dict[str, int]) -> None:
    reader.skip(16)
    kind = reader.varint()
    for _ in range(2):
        reader.varint()  # the largest value kept in a node, the largest node
    reader.skip(1)
    if reader.varint() == 1:
        reader.skip(4)
    if kind == 0:
        _spoken(files, dict.fromkeys(reader.table(), 0))


def _node(
    reader: _Reader, height: int, table: list[str], count: int, files: dict[str, int]
) -> None:
    reader.varints(max(count - 1, 0))
    suffixes = reader.varints(count)
    if height:
        reader.varints(count)
    reader.skip(sum(suffixes))
    lengths: list[int] = []
    if not height:
        lengths = reader.varints(count)
        kinds = reader.varints(count)
        lengths = [length for length, kind in zip(lengths, kinds, strict=True) if kind]
        count = len(lengths)
    numbers, offsets = reader.varints(count), reader.varints(count)
    lengths = reader.varints(count) if height else lengths
    for number, offset, length in zip(numbers, offsets, lengths, strict=True):
        if number >= len(table):
            raise ReadError(f"there is no file {number} of {len(table)}", reader.position)
        _spoken(files, {table[number]: offset + length})


def _spoken(files: dict[str, int], ends: dict[str, int]) -> None:
    for path, end in ends.items():
        if len(files) <= _MOST_FILES or path in files:
            files[path] = max(files.get(path, 0), end)


class _Reader(Cursor):
    """A cursor over the body of a manifest or node."""

    def varint(self) -> int:
        """Return an unsigned LEB128 number of up to 64 bits."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.u8()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ReadError("a number does not end", self.position)

    def count(self) -> int:
        """Return how many entries follow; each takes a byte at least."""
        count = self.varint()
        if count > min(self.left, _MOST_ENTRIES):
            raise ReadError(f"{count} entries in {self.left} bytes", self.position)
        return count

    def varints(self, count: int) -> list[int]:
        """Return so many numbers."""
        return [self.varint() for _ in range(count)]

    def table(self) -> list[str]:
        """Return the paths of a table of files."""
        count = self.count()
        prefixes = [0, *self.varints(max(count - 1, 0))]
        suffixes, _ = self.varints(count), self.varints(count)
        paths: list[bytes] = []
        for number in range(count):
            before = paths[-1] if paths else b""
            if prefixes[number] + suffixes[number] > _LONGEST or prefixes[number] > len(before):
                raise ReadError("a path is longer than paths may be", self.position)
            paths.append(before[: prefixes[number]] + self.read(suffixes[number]))
        return [path.decode("utf-8", "backslashreplace") for path in paths]
