"""What the reading of an archive collects: entries, anomalies, and parts nothing describes."""

from __future__ import annotations

import stat
from typing import Final, Literal, TypeAlias

import msgspec

from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const, Scalar
from modelassay.formats.zip.methods import STORED
from modelassay.formats.zip.records import ENCRYPTED, UTF8_NAME, Header

Role: TypeAlias = Literal["head", "gap", "tail"]

_UNIX: Final = (3, 19)
_MOST_OF_A_KIND: Final = 50


class Entry(msgspec.Struct):
    """A member, as its central header says, or as the local one does where it is `hidden`.

    `local` is its local header, `None` where there is none; then its bytes cannot be found.
    `overlaps` is true where its bytes belong to another record as well.
    """

    name: str
    header: Header
    local: Header | None
    hidden: bool = False
    overlaps: bool = False

    @property
    def stored(self) -> int:
        """The size in bytes as compressed."""
        return self.header.stored

    @property
    def size(self) -> int:
        """The size in bytes it claims when decompressed."""
        return self.header.size

    @property
    def method(self) -> int:
        """The number of the compression method."""
        return self.header.method

    @property
    def data(self) -> int | None:
        """The offset of its bytes in the archive."""
        return None if self.local is None else self.local.data

    @property
    def type(self) -> Literal["file", "directory", "symlink"]:
        """What it would be when unpacked."""
        if self.header.system in _UNIX and stat.S_ISLNK(self.header.attributes >> 16):
            return "symlink"
        return "directory" if self.name.endswith(("/", "\\")) else "file"

    @property
    def plain(self) -> bool:
        """Whether its bytes stand in the archive as they are, and nothing disputes it."""
        local = self.local
        return (
            local is not None
            and not self.overlaps
            and self.header.method == local.method == STORED
            and not (self.header.flags | local.flags) & ENCRYPTED
            and self.header.stored == self.header.size
            and local.stored in (self.header.stored, 0, 0xFFFFFFFF)
        )

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names it goes by: in its local header, or in an extra field."""
        headers = [self.header] + ([self.local] if self.local else [])
        names = [name_of(header) for header in headers]
        names += [h.alias.decode("utf-8", "replace") for h in headers if h.alias is not None]
        return tuple(dict.fromkeys(name for name in names if name != self.name))


class Part(msgspec.Struct, frozen=True):
    """Bytes that no record describes, in front of, between or behind what they do."""

    offset: int
    size: int
    role: Role


class Notes:
    """The anomalies of an archive; beyond a number of one kind they are only counted."""

    def __init__(self) -> None:
        self.facts: list[Anomaly] = []
        self._last: dict[str, tuple[int, Anomaly]] = {}

    def add(self, kind: str, message: str, at: int | None, *values: Scalar) -> None:
        """Add an anomaly of `kind` at offset `at`."""
        times, last = self._last.get(kind, (0, None))
        if last is not None and times >= _MOST_OF_A_KIND:
            last.count += 1
            return
        constants = tuple(Const(value) for value in values)
        fact = Anomaly(kind=kind, message=message, values=constants, at=Location(at))
        self.facts.append(fact)
        self._last[kind] = (times + 1, fact)


def name_of(header: Header) -> str:
    """Return the name in a header, in the encoding its flags tell."""
    try:
        return header.name.decode("ascii")
    except UnicodeDecodeError:
        utf8 = header.flags & UTF8_NAME
        return header.name.decode("utf-8", "replace") if utf8 else header.name.decode("cp437")
