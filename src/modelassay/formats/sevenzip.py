"""7z archives, read through py7zr, which comes with the extra of that name.

Source: the 7z format description of the 7-Zip source (`DOC/7zFormat.txt`). Nothing is ever written
to a path the archive names: members go into bounded spools.
"""

from __future__ import annotations

import itertools
import lzma
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from modelassay.core.errors import BudgetError, MissingExtraError
from modelassay.core.facts import Anomaly, Limit, Location, Member
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.zip.expansion import expansion
from modelassay.io.blob import Blob, Spooled
from modelassay.io.budget import Budget
from modelassay.io.codecs import CODECS
from modelassay.io.inflate import inflate, spool
from modelassay.io.reader import BlobReader

if TYPE_CHECKING:
    from py7zr import SevenZipFile

_SIGNATURE: Final = b"7z\xbc\xaf\x27\x1c"
_START: Final = struct.Struct("<6sBBIQQI")
_LARGEST_HEADER: Final = 64 << 20
_LARGEST_MEMORY: Final = 1 << 28  # the default of 7-Zip at its highest level
#: So much is put into a coder, and taken out of it, at once.
_FED: Final = 1 << 13
_TAKEN: Final = 1 << 20
_LONGEST_TARGET: Final = 4096
_LZMA, _LZMA2, _PPMD = b"\x03\x01\x01", b"\x21", b"\x03\x04\x01"
#: Methods whose streams stand in the archive as they do in files of their own.
_STREAMS: Final = {b"\x04\x02\x02": "bzip2", b"\x04\xf7\x11\x01": "zstd"}
_FOREIGN: Final = (
    *(ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError),
    *(EOFError, OSError, RuntimeError, MemoryError, NotImplementedError),
    *(struct.error, zlib.error, lzma.LZMAError),
)  # what a library may raise on broken input besides its own errors


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with the signature."""
    return blob.head(len(_SIGNATURE)) == _SIGNATURE


def parse(source: Source) -> Iterator[Event]:
    """Yield every member. Raises `MissingExtraError` where py7zr is not installed."""
    try:
        import py7zr
        from py7zr.exceptions import AbsolutePathError, ArchiveError, PasswordRequired
    except ImportError as error:
        raise MissingExtraError("7z archives need py7zr", "sevenzip") from error
    refusal = _refused(source.blob)
    if refusal is not None:
        yield from _broken(refusal)
        return
    errors = (ArchiveError, AbsolutePathError, PasswordRequired, *_FOREIGN)
    try:
        archive = py7zr.SevenZipFile(BlobReader(source.blob), "r")  # type: ignore[arg-type]
        members = [_member(entry) for entry in archive.files]
        secret = archive.needs_password()
    except PasswordRequired:
        yield from _secret()
        return
    except errors as error:
        yield from _broken(f"{error}" or type(error).__name__)
        return
    yield from members
    if secret:
        yield from _secret()
        return
    yield from _contents(archive, members, source, errors)
    yield from _behind(source.blob)


def _refused(blob: Blob) -> str | None:
    """Say why the archive should not be given to the library at all, `None` if it may be."""
    head = blob.head(_START.size)
    if len(head) < _START.size:
        return "the archive is cut short"
    offset, size = _START.unpack(head)[4:6]
    if _START.size + offset + size > blob.size:
        return "the header lies beyond the end of the file"
    if size > _LARGEST_HEADER:
        return f"the header has {size} bytes"
    return None


def _contents(
    archive: SevenZipFile,
    members: list[Member],
    source: Source,
    errors: tuple[type[Exception], ...],
) -> Iterator[Event]:
    coders = [coder for folder, _, _ in _folders(archive) for coder in folder.coders]
    memory = max(map(_memory, coders), default=0)
    if memory > _LARGEST_MEMORY:
        message = f"decompression would take {memory} bytes of memory"
        yield Limit(name="memory", message=message)
        return
    safe = {member.name for member in members if _extractable(member.name)}
    if len(safe) < len({member.name for member in members}):
        yield Incomplete("members whose names lead out of the folder were not read")
    shelf = _shelf(source.budget)
    trouble: str | None = None
    try:
        for folder, _, packed in _folders(archive):
            # What is not stated is not unpacked either.
            source.budget.check_ratio(packed, max(folder.unpacksizes, default=0))
            folder.decompressor = _gentle(folder, packed)
        archive.extract(targets=safe, factory=shelf)
    except BudgetError as error:
        yield Limit(name=error.limit, message=str(error))
    except errors as error:
        trouble = f"{error}" or type(error).__name__
    links = {member.name: member for member in members if member.type == "symlink"}
    starts = _starts(archive, source, {name: item.blob.size for name, item in shelf.items})
    for name, item in shelf.items:
        if name in links:  # its content is where it leads; it is judged when all is read
            links[name].target = item.blob.head(_LONGEST_TARGET).decode("utf-8", "replace")
        grown = source.blob.expansion * item.blob.size / max(source.blob.size, 1)
        item.blob.expansion = grown
        fact = expansion(source.blob.size, item.blob, 0)
        if fact is not None:
            yield fact
        yield Child(name, item.blob, at=starts.get(name))
    if trouble is not None:
        yield from _broken(trouble)


def _shelf(budget: Budget) -> Any:
    """Return the factory py7zr asks for files to write to; its `items` are what was written."""
    from py7zr.io import Py7zIO, WriterFactory

    class Item(Py7zIO):
        def __init__(self) -> None:
            self.blob: Spooled = spool()

        def write(self, s: bytes | bytearray) -> int:
            budget.inflate(len(s))
            self.blob.append(bytes(s))
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return self.blob.size

    class Shelf(WriterFactory):
        def __init__(self) -> None:
            self.items: list[tuple[str, Item]] = []

        def create(self, filename: str) -> Py7zIO:
            item = Item()
            self.items.append((filename, item))
            return item

    return Shelf()


def _member(entry: Any) -> Member:
    kind = "directory" if entry.is_directory else "symlink" if entry.is_symlink else "file"
    return Member(
        name=str(entry.filename),
        type=kind,  # type: ignore[arg-type]
        size=int(entry.uncompressed or 0),
    )


def _extractable(name: str) -> bool:
    """Whether py7zr agrees to extract a name; it refuses those that lead out of the folder."""
    return not name.startswith(("/", "\\")) and ".." not in name.split("/") and ":" not in name


def _folders(archive: SevenZipFile) -> Iterator[tuple[Any, int, int]]:
    """Yield what is compressed together, where py7zr reads it, and how many packed bytes it has."""
    streams = getattr(archive.header, "main_streams", None)
    packed, unpacked = (getattr(streams, name, None) for name in ("packinfo", "unpackinfo"))
    if packed is None or unpacked is None:  # a header need not have both
        return
    sizes = iter(packed.packsizes)
    for folder, start in zip(unpacked.folders, packed.packpositions, strict=False):
        count = max(len(folder.packed_indices), 1)
        yield folder, _START.size + start, sum(itertools.islice(sizes, count))


def _starts(archive: SevenZipFile, source: Source, sizes: dict[str, int]) -> dict[str, int]:
    """Return where the stream of each member starts, if that holds no more than its members.

    `sizes` are those of the members that were read.
    """
    starts: dict[str, int] = {}
    for folder, start, packed in _folders(archive):
        codecs = [_STREAMS.get(coder.get("method")) for coder in folder.coders]
        codec = next(filter(None, codecs), None)
        names = {str(entry.filename) for entry in folder.files or ()} & sizes.keys()
        if codec is None or not names:
            continue
        stream = inflate(source.blob.sub(start, packed), CODECS[codec], source.budget)
        if stream.ended and stream.blob.size == sum(sizes[name] for name in names):
            starts |= dict.fromkeys(names, start)
    return starts


def _gentle(folder: Any, packed: int) -> Any:
    """Return what decompresses a folder in steps, not all that comes of a mebibyte at once."""
    from py7zr.compressor import SevenZipDecompressor

    class Gentle(SevenZipDecompressor):
        def decompress(self, fp: Any, max_length: int = -1) -> bytes:
            return super().decompress(fp, min(max_length, _TAKEN) if max_length >= 0 else _TAKEN)

    coders, sizes = folder.coders, folder.unpacksizes
    return Gentle(coders, packed, sizes, folder.crc, folder.password, blocksize=_FED)


def _memory(coder: dict[str, Any]) -> int:
    """Return how much memory a coder claims to need for its dictionary or model."""
    method, properties = coder.get("method"), coder.get("properties") or b""
    if method in (_LZMA, _PPMD) and len(properties) >= 5:
        return int.from_bytes(properties[1:5], "little")
    if method == _LZMA2 and properties:
        bits = properties[0]
        return (2 | bits & 1) << (min(bits, 40) // 2 + 11)
    return 0


def _behind(blob: Blob) -> Iterator[Event]:
    """Yield what follows the header, which is the last part of an archive."""
    offset, size = _START.unpack(blob.head(_START.size))[4:6]
    end = _START.size + offset + size
    if end < blob.size:
        message = f"{blob.size - end} bytes behind the end of the archive"
        yield Anomaly(kind="sevenzip-suffix", message=message, at=Location(end))
        yield Child(f"@{end}", blob.sub(end), role="tail")


def _secret() -> Iterator[Event]:
    yield Anomaly(kind="sevenzip-encrypted", message="the archive is encrypted")
    yield Incomplete("the archive is encrypted")


def _broken(why: str) -> Iterator[Event]:
    message = f"the archive is broken: {why}"
    yield Anomaly(kind="sevenzip-data", message=message)
    yield Incomplete(message)
