"""What a repository is: a folder whose files mean something together.

A kind of repository is a module with two functions::

    def recognise(folder: Folder) -> bool
    def read(folder: Folder) -> Iterator[Event]

It joins what is known of the files: their names, the formats they were recognised as, the facts of
small configurations and modules, at times a few bytes. It never judges. What a loader would take
and run is told as `Loading`.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, TypeVar

import msgspec

from modelassay.core.errors import Error
from modelassay.core.facts import Code, Fact, Location, Metadata
from modelassay.core.pattern import later
from modelassay.core.report import Loading
from modelassay.core.values import Const
from modelassay.io.blob import Blob, LocalFile

#: What a module's facts are called once it is known that a loader imports it.
_WORDS: Final = {
    "python-import": "loaded-import",
    "python-words": "loaded-import",
    "python-later": "loaded-later",
}

F = TypeVar("F", bound=Fact)

LARGEST: Final = 4 << 20  # of a file that is read for what it says
LARGEST_HASHED: Final = 64 << 20
_NOWHERE: Final = later(r"[/\\~]|[A-Za-z]:|.*:/")


class File(msgspec.Struct, frozen=True):
    """A file of a repository. `format`, `status` and `sha256` are those of its artifact.

    `open` gives its bytes, `None` where they are not kept. `facts` stand for those in `KEPT` alone.
    """

    name: str
    size: int
    format: str | None = None
    status: str = "scanned"
    facts: tuple[Fact, ...] = ()
    open: Callable[[], Blob] | None = None
    sha256: str | None = None

    def digest(self, algorithm: str) -> str | None:
        """Return the digest of its bytes, `None` where they are too many and not known."""
        if algorithm == "sha256" and self.sha256 is not None:
            return self.sha256
        if self.open is None or self.size > LARGEST_HASHED:
            return None
        digest = hashlib.new(algorithm)
        for offset in range(0, self.size, LARGEST):
            data = self._read(offset, LARGEST)
            if not data:
                return None
            digest.update(data)
        return digest.hexdigest()

    def of(self, kind: type[F]) -> Iterator[F]:
        """Yield the facts of a kind."""
        yield from (fact for fact in self.facts if isinstance(fact, kind))

    def said(self, key: str) -> str | None:
        """Return the text of its metadata `key`."""
        for fact in self.of(Metadata):
            if fact.key == key and isinstance(fact.value, Const):
                return str(fact.value.value)
        return None

    def head(self, length: int = LARGEST) -> bytes:
        """Return its first bytes; none where it cannot be read."""
        return self._read(0, length)

    def _read(self, offset: int, length: int) -> bytes:
        """Read some bytes, and hold no file open: a folder may have more than can be."""
        if self.open is None:
            return b""
        try:
            blob = self.open()
        except Error:
            return b""
        try:
            return blob.read_at(offset, length)
        except Error:
            return b""
        finally:
            if isinstance(blob, LocalFile):
                blob.close()


class Folder:
    """A folder: its files by their names below it, with `/`, and what is known of texts in them.

    `templates` maps the path of each chat template below it to the digest of its text.
    """

    def __init__(
        self, path: str, files: Mapping[str, File], templates: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self.files = files
        self.templates = templates or {}

    def __contains__(self, name: str) -> bool:
        return name in self.files

    def here(self) -> Iterator[File]:
        """Yield the files that stand in it, not in a folder below."""
        yield from (file for name, file in self.files.items() if "/" not in name)

    def below(self, prefix: str) -> Iterator[File]:
        """Yield the files whose names start with `prefix`."""
        yield from (file for name, file in self.files.items() if name.startswith(prefix))

    def first(self, *names: str) -> str | None:
        """Return the first of `names` that is there."""
        return next((name for name in names if name in self.files), None)

    def present(self, *names: str) -> tuple[str, ...]:
        """Return those of `names` that are there."""
        return tuple(name for name in names if name in self.files)


class Data(msgspec.Struct, frozen=True):
    """A file that no format recognises, and that the loader of the repository reads as data alone.

    `format` says what it is.
    """

    name: str
    format: str


class Said(msgspec.Struct, frozen=True):
    """What the repository says of a file whose facts are kept: it is judged anew with that."""

    name: str
    fact: Fact


Event: TypeAlias = Fact | Loading | Data | Said


def loaded(file: File) -> Iterator[Code]:
    """Yield what a module does that a loader imports: on import, and in its functions."""
    for fact in file.of(Code):
        word = _WORDS.get(fact.language)
        if word is not None:
            yield msgspec.structs.replace(
                fact, name=file.name, language=word, at=Location(path=file.name)
            )


def inside(folder: str, name: str) -> str | None:
    """Return the name of what a file in `folder` calls `name`; `None` where it leads out."""
    if not name or "\0" in name or _NOWHERE.match(name):
        return None
    path = posixpath.normpath(posixpath.join(folder, name.replace("\\", "/")))
    return None if path == ".." or path.startswith("../") else path
