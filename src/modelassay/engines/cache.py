"""A cache of outcomes: a file of the same bytes and the same name is not read again.

An entry is known by the digest of the file's bytes, of the names by which formats are told (its own
and its folder's), of the options, and of every file of this package, plugins and rules of the user.
So the digest of the bytes has to be had before they are read: it is taken of files up to `LARGEST`,
where it takes a few hundredths of a second, and of larger ones only where all their bytes are
hashed anyway. Of those nothing but the structure is read otherwise, which is quicker than hashing.

Entries are data of fixed types with a checksum: what is damaged or of another make is not there.
Who may write to the folder may change what later scans tell.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import Final

import msgspec

from modelassay import plugins
from modelassay.core.errors import Error
from modelassay.core.outcome import Outcome, OutcomeError, decode, encode
from modelassay.core.report import Artifact
from modelassay.engines.unit import Unit
from modelassay.io.blob import Blob, LocalFile
from modelassay.kernel import Options

LARGEST: Final = 64 << 20
_CHUNK: Final = 1 << 20
_MAGIC: Final = b"modelassay outcome 1\n"
_CHECKSUM: Final = 32
_LARGEST_ENTRY: Final = 64 << 20
_SETTLED: Final = ("scanned", "unknown")
_LIBRARIES: Final = (
    *("backports_zstd", "msgspec", "pyyaml", "yara_x", "lz4", "py7zr", "inflate64"),
    "cryptography",
)


class CacheError(Error):
    """The folder of the cache cannot be used."""

    advice = "Name a folder that you may write to, or leave out --cache."


class Cache:
    """Outcomes in the folder `folder`, of scans with `options`. Raises `CacheError`."""

    def __init__(self, folder: str, options: Options) -> None:
        self._folder = folder
        self._everything = options.hash or options.deep or bool(options.yara)
        self._context = _context(options)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise CacheError(f"cannot make {folder!r}: {error.strerror}") from error

    def look(self, units: Iterator[Unit]) -> Iterator[Unit]:
        """Yield the units, each with its key, and its outcome where that is known."""
        for unit in units:
            unit.key = self._key(unit)
            unit.outcome = self._get(unit) if unit.key else None
            yield unit

    def put(self, unit: Unit, outcome: Outcome) -> None:
        """Remember the outcome of a unit, if it was read whole and the file is as it was."""
        if unit.key is None or unit.outcome is not None or not _settled(outcome):
            return
        if _stamp(unit.item.path) != unit.stamp or _tells(outcome):
            return
        moved = _moved(outcome, _split(unit.item.artifact)[0], "")
        if moved is None:
            return
        from tempfile import NamedTemporaryFile  # brings much that a warm cache has no use for

        body = encode(moved)
        path = self._path(unit.key)
        with suppress(OSError):  # a scan goes on where nothing can be remembered
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as file:
                file.write(_head(unit.key, body) + body)
            os.replace(file.name, path)

    def _get(self, unit: Unit) -> Outcome | None:
        assert unit.key is not None
        try:
            with open(self._path(unit.key), "rb") as file:
                data = file.read(_LARGEST_ENTRY)
        except OSError:
            return None
        start = len(_MAGIC) + _CHECKSUM
        body = memoryview(data)[start:]
        if data[:start] != _head(unit.key, body):
            return None
        folder, name = _split(unit.item.artifact)
        try:
            outcome = decode(body)
        except OutcomeError:
            return None
        return _moved(outcome, "", folder) if outcome.path == name else None

    def _path(self, key: str) -> str:
        return os.path.join(self._folder, key[:2], key[2:])

    def _key(self, unit: Unit) -> str | None:
        """Return the key of a file, `None` where it is not to be remembered."""
        try:
            blob = unit.item.open()
        except Error:
            return None
        try:
            if not isinstance(blob, LocalFile) or (blob.size > LARGEST and not self._everything):
                return None
            unit.stamp = _stamp(unit.item.path)
            name = os.fsencode(_split(unit.item.artifact)[1])
            parts = (self._context, _digest(blob), name, bytes([unit.item.below]))
            return _joined(parts).hex()
        except Error:
            return None
        finally:
            if isinstance(blob, LocalFile):
                blob.close()


def _head(key: str, body: bytes | memoryview) -> bytes:
    """Return what stands before an entry: an entry under another key is none."""
    return _MAGIC + _joined((key.encode(), body))


def _digest(blob: Blob) -> bytes:
    digest = hashlib.sha256()
    for offset in range(0, blob.size, _CHUNK):
        digest.update(blob.read_at(offset, _CHUNK))
    return digest.digest()


def _stamp(path: str) -> tuple[int, ...]:
    """Return what changes when a file is written to."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _split(path: str) -> tuple[str, str]:
    """Part the names by which formats are told from where they lie."""
    place = path.rfind(os.sep, 0, max(path.rfind(os.sep), 0)) + 1
    return path[:place], path[place:]


def _settled(outcome: Outcome) -> bool:
    """Whether all was read: what failed or met a limit may go otherwise another time."""
    return not outcome.errors and all(one.status in _SETTLED for one in outcome.artifacts)


def _tells(outcome: Outcome) -> bool:
    """Whether what was found in a file names the place where it lies."""
    found = [msgspec.structs.replace(one, artifact="") for one in outcome.findings]
    facts = [one.facts for one in outcome.kept]
    return repr(outcome.path)[1:-1] in repr((found, facts))


def _moved(outcome: Outcome, old: str, new: str) -> Outcome | None:
    """Return `outcome` as of a file below `new`; `None` where it tells of others than `old`."""

    def path(given: str) -> str:
        if not given.startswith(old):
            raise ValueError(given)
        return new + given[len(old) :]

    def artifact(given: Artifact) -> Artifact:
        return msgspec.structs.replace(given, path=path(given.path))

    replace = msgspec.structs.replace
    try:
        artifacts = [artifact(one) for one in outcome.artifacts]
        listed = {one.path: one for one in artifacts}
        return replace(
            outcome,
            path=path(outcome.path),
            artifacts=artifacts,
            findings=[replace(one, artifact=path(one.artifact)) for one in outcome.findings],
            weights={path(name): size for name, size in outcome.weights.items()},
            kept=[
                replace(one, artifact=listed.get(path(one.artifact.path)) or artifact(one.artifact))
                for one in outcome.kept
            ],
        )
    except ValueError:
        return None


def _context(options: Options) -> bytes:
    """Return the digest of all that an outcome depends on beside the file."""
    used = [f"{name} {made}".encode() for name, made in plugins.loaded()]
    rules = _contents(options.yara)
    chosen = repr(options).encode("utf-8", "backslashreplace")
    return _joined((_program(), chosen, _joined(used), _joined(rules)))


def _joined(parts: Iterable[bytes | memoryview]) -> bytes:
    return hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in parts)).digest()


def _contents(paths: tuple[str, ...]) -> Iterator[bytes]:
    for path in paths:
        try:
            with open(path, "rb") as file:
                yield file.read()
        except OSError as error:
            raise CacheError(f"cannot read {path!r}: {error.strerror}") from error


@cache
def _program() -> bytes:
    """Return the digest of this package with its data, of Python, and of what it reads with."""
    digest = hashlib.sha256(repr((sys.version_info, *_libraries())).encode())
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = os.path.join(folder, name)
            digest.update(os.fsencode(os.path.relpath(path, root)) + b"\0")
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.digest()


def _libraries() -> list[str]:
    """Return what is installed of the libraries, with the versions.

    By the names of the folders that tell of it, as `importlib.metadata` does, which takes a third
    of the time of a whole scan to import.
    """
    found = []
    for folder in sys.path:
        with suppress(OSError):
            names = [name.partition(".dist-info") for name in os.listdir(folder or ".")]
            found += [name for name, mark, _ in names if mark and _library(name) in _LIBRARIES]
    return sorted(found)


def _library(name: str) -> str:
    return name.partition("-")[0].lower().replace(".", "_")
