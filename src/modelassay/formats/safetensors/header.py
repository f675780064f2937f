"""The header of a safetensors file: JSON that names every tensor, its type, shape and place.

Source: the format section of the safetensors README; `HashMetadata` and `TensorInfo` of
`safetensors/src/tensor.rs` (0.3 to 0.8).

The header is read piece by piece, cut where one entry ends and the next begins. A piece in the
shape that writers give it is decoded at once; its quotes tell that nothing was dropped: an entry
has ten, so more of them are a key that stands twice or that nobody knows. Such a piece, and any
other, is read slowly and kept whole.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.io.json import Json, JsonError, Pairs, read_json

METADATA: Final = "__metadata__"
_PIECE: Final = 1 << 20
_LARGEST_PIECE: Final = 1 << 24
_SEAM: Final = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\")")
_SPACE: Final = b" \t\r\n"
_QUOTES: Final = 10
_FIELDS: Final = {"dtype", "shape", "data_offsets"}


class Info(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What the header says of one tensor. Offsets count from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class Fault(msgspec.Struct, frozen=True):
    """Something that is wrong with the header: an anomaly's kind and message, and where."""

    kind: str
    message: str
    offset: int
    name: str = ""


class Text(msgspec.Struct, frozen=True):
    """One item of the free-form metadata."""

    key: str
    value: str
    offset: int


class Piece(msgspec.Struct):
    """Some entries of the header, and where in it they stand."""

    offset: int
    tensors: list[tuple[str, Info]]
    texts: list[Text] = []
    faults: list[Fault] = []
    whole: bool = True

    def fault(self, kind: str, message: str, name: str = "") -> None:
        """Note what is wrong with this piece."""
        self.faults.append(Fault(kind, message, self.offset, name))


_decode = msgspec.json.Decoder(dict[str, Info]).decode


def read_header(header: bytes) -> Iterator[Piece]:
    """Yield the entries of a header in pieces. Ends at the first piece that is no JSON."""
    start = len(header) - len(header.lstrip(_SPACE))
    stop = _end(header) - 1
    if stop <= start or header[start] != ord("{") or header[stop] != ord("}"):
        piece = Piece(start, [], whole=False)
        piece.fault("safetensors-json", "the header is no JSON object")
        yield piece
        return
    position = start + 1
    if start:
        piece = Piece(0, [])
        piece.fault("safetensors-json", "white space stands before the header's object")
        yield piece
    while position < stop:
        piece, position = _next(header, position, stop)
        yield piece
        if not piece.whole:
            return


def _end(header: bytes) -> int:
    """Return where the padding behind the last byte starts; a large header is not copied for it."""
    end = len(header)
    while end:
        start = max(end - _PIECE, 0)
        rest = header[start:end].rstrip(_SPACE)
        if rest:
            return start + len(rest)
        end = start
    return 0


def _next(header: bytes, start: int, stop: int) -> tuple[Piece, int]:
    """Return the piece at `start` and where the next one begins."""
    size = _PIECE
    while True:
        end, following = _seam(header, start, min(start + size, stop), stop)
        try:
            return _read(header[start:end], start), following
        except JsonError as error:
            # The seam may have been inside a string: try a longer piece.
            size *= 4
            if end == stop or size > _LARGEST_PIECE:
                piece = Piece(start, [], whole=False)
                piece.fault("safetensors-json", f"the header is no JSON: {error}")
                return piece, stop


def _seam(header: bytes, start: int, end: int, stop: int) -> tuple[int, int]:
    """Return where an entry ends near `end`, and where the next one begins."""
    if end == stop:
        return stop, stop
    for begin in (max(start, end - 4096), start):
        seams = deque(_SEAM.finditer(header, begin, end), maxlen=1)
        if seams:
            return seams[0].start() + 1, seams[0].end()
    return stop, stop


def _read(data: bytes, offset: int) -> Piece:
    data = b"{" + data + b"}"
    if b"\\" not in data:
        try:
            tensors = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _read_slowly(data, offset)
        if data.count(b'"') == _QUOTES * len(tensors):
            return Piece(offset, list(tensors.items()))
    return _read_slowly(data, offset)


def _read_slowly(data: bytes, offset: int) -> Piece:
    piece = Piece(offset, [], [], [])
    entries = read_json(data)
    if not isinstance(entries, Pairs):
        raise JsonError("it is no object")
    for name, value in entries:
        if name == METADATA:
            _read_metadata(piece, value)
        elif isinstance(value, Pairs):
            _read_info(piece, name, value)
        else:
            piece.fault("safetensors-entry", f"the entry of {name!r} is no object", name)
    return piece


def _read_info(piece: Piece, name: str, fields: Pairs) -> None:
    for key in fields.duplicates():
        piece.fault("safetensors-duplicate", f"{name!r} has more than one {key!r}", name)
    for key in {key for key, _ in fields} - _FIELDS:
        piece.fault("safetensors-field", f"{name!r} has a field {key!r}", name)
    dtype, shape, offsets = (fields.last(key) for key in ("dtype", "shape", "data_offsets"))
    try:
        info = msgspec.convert(
            {"dtype": dtype, "shape": shape, "data_offsets": offsets}, Info, strict=True
        )
    except msgspec.ValidationError as error:
        piece.fault("safetensors-entry", f"the entry of {name!r} is malformed: {error}", name)
        return
    piece.tensors.append((name, info))


def _read_metadata(piece: Piece, value: Json) -> None:
    if not isinstance(value, Pairs):
        piece.fault("safetensors-metadata", "the metadata are no object", METADATA)
        return
    for key in value.duplicates():
        piece.fault("safetensors-duplicate", f"the metadata have more than one {key!r}", METADATA)
    for key, item in value:
        if isinstance(item, str):
            piece.texts.append(Text(key, item, piece.offset))
        else:
            piece.fault("safetensors-metadata", f"the metadata {key!r} is no string", METADATA)
