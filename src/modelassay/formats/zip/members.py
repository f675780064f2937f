"""The bytes of a ZIP member: by its directory, by its local header, or by what they turn out to be.

A loader may believe either header, so each differing reading is tried; where none holds, the bytes
are tried as stored and as deflated, and at last they are handed on as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import MissingExtraError
from modelassay.core.facts import Anomaly, Fact, Limit, Location
from modelassay.core.values import Const, Scalar
from modelassay.formats.base import Incomplete
from modelassay.formats.zip.entry import Entry
from modelassay.formats.zip.expansion import expansion
from modelassay.formats.zip.methods import AES, METHODS, STORED
from modelassay.formats.zip.records import ENCRYPTED, Header
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.codecs import CODECS
from modelassay.io.inflate import Inflated, inflate

_CHECKED_SIZE: Final = 1 << 20  # stored members are checksummed up to here, others always
_CHUNK: Final = 1 << 20


class Opened(msgspec.Struct):
    """The bytes of a member; `others` are what they are by another reading.

    `events` tell what is wrong with them. `raw` bytes could not be decompressed or decrypted.
    """

    blob: Blob
    events: list[Fact | Incomplete] = []
    others: list[Blob] = []
    raw: bool = False


class _Reading(msgspec.Struct, frozen=True):
    method: int
    stored: int


def open_member(blob: Blob, entry: Entry, budget: Budget) -> Opened:
    """Return the bytes of `entry`. Raises `ReadError` and `BudgetError` alone."""
    return _Opening(blob, entry, budget).run()


class _Opening:
    """The opening of one member."""

    def __init__(self, archive: Blob, entry: Entry, budget: Budget) -> None:
        self.archive = archive
        self.entry = entry
        self.budget = budget
        self.at = entry.local.at if entry.local else entry.header.at
        self.result = Opened(archive.sub(0, 0))

    def run(self) -> Opened:
        """Try the readings, best first."""
        entry, result = self.entry, self.result
        if entry.data is None:
            return result
        first, *more = dict.fromkeys(self._readings())
        outcome = self._decode(first)
        if self._encrypted():
            return self._open_encrypted(outcome)
        result.blob = outcome.blob
        self._judge(first, outcome)
        for reading in more:
            other = self._decode(reading)
            if other.error is None and other.blob.size:
                result.others.append(other.blob)
        if outcome.error is not None and not result.others:
            self._guess(first)
        return result

    def _readings(self) -> Iterator[_Reading]:
        yield _Reading(self.entry.method, self.entry.stored)
        local = self.entry.local
        if local is not None:
            yield _Reading(local.method, local.stored or self.entry.stored)

    def _decode(self, reading: _Reading) -> Inflated:
        source = self.archive.sub(self.entry.data or 0, reading.stored)
        codec = METHODS.get(reading.method)
        if codec is None:
            return Inflated(source, error=f"compression method {reading.method} is not known")
        if codec == "stored":
            return Inflated(source, source.size, self._crc(source), ended=True)
        try:
            outcome = inflate(source, CODECS[codec], self.budget)
        except MissingExtraError as error:
            return Inflated(source, error=error.diagnostics())
        if codec == "zip-lzma" and not outcome.ended and outcome.consumed == source.size:
            outcome.error = None  # an LZMA member need not say where it ends
        return outcome

    def _crc(self, source: Blob) -> int:
        """Return the checksum of stored bytes, or what is claimed of them if they are many."""
        if source.size > _CHECKED_SIZE and not self._encrypted():
            return self.entry.header.crc
        crc = 0
        for offset in range(0, source.size, _CHUNK):
            self.budget.tick()
            crc = zlib.crc32(source.read_at(offset, _CHUNK), crc)
        return crc

    def _encrypted(self) -> bool:
        headers: list[Header] = [self.entry.header]
        headers += [self.entry.local] if self.entry.local else []
        return any(header.flags & ENCRYPTED or header.method == AES for header in headers)

    def _open_encrypted(self, outcome: Inflated) -> Opened:
        """Bytes said to be encrypted: read them if they are not, else hand them on as they are."""
        name = self.entry.name
        plain = outcome.error is None and outcome.crc == self.entry.header.crc
        plain = plain and bool(outcome.blob.size)
        if plain or not self.entry.stored:
            self.result.blob = outcome.blob
            if plain:
                message = f"{name!r} is said to be encrypted, its bytes are plain"
                self._note("zip-flags", message, name, self.entry.header.flags)
            return self.result
        self._note("zip-encrypted", f"{name!r} is encrypted", name)
        self._miss(f"{name!r} is encrypted")
        self._hand_on()
        if outcome.error is None and outcome.blob is not self.result.blob:
            self.result.others.append(outcome.blob)
        return self.result

    def _judge(self, reading: _Reading, outcome: Inflated) -> None:
        """Note where the bytes are not what the directory says."""
        header, name = self.entry.header, self.entry.name
        if outcome.limit is not None:
            limit = outcome.limit
            self._add(Limit(name=limit.limit, message=f"{name!r}: {limit}"))
        elif outcome.error is not None:
            unknown = reading.method not in METHODS
            kind = "zip-unknown-method" if unknown else "zip-data"
            self._note(kind, f"{name!r} cannot be decompressed: {outcome.error}", name)
            self._miss(f"{name!r} cannot be decompressed: {outcome.error}")
        else:
            if outcome.blob.size != header.size:
                message = f"{name!r} claims {header.size} bytes, it has {outcome.blob.size}"
                self._note("zip-size", message, name, header.size, outcome.blob.size)
            if outcome.crc != header.crc:
                message = f"the checksum of {name!r} is wrong"
                self._note("zip-crc", message, name, header.crc, outcome.crc)
        anomaly = expansion(outcome.consumed, outcome.blob, self.at)
        if anomaly is not None:
            self._add(anomaly)

    def _guess(self, tried: _Reading) -> None:
        """Try other methods on bytes that the stated one cannot decompress."""
        for method in (8, STORED):
            if method == tried.method:
                continue
            outcome = self._decode(_Reading(method, tried.stored))
            right = outcome.crc == self.entry.header.crc and bool(outcome.blob.size)
            if outcome.error is None and (right or (method == 8 and outcome.ended)):
                what = METHODS[method]
                message = f"{self.entry.name!r} has method {tried.method}, its bytes are {what}"
                self._note("zip-method", message, self.entry.name, tried.method, method)
                self.result.others.append(outcome.blob)
                return
        if not self.result.blob.size or tried.method not in METHODS:
            self._hand_on()

    def _hand_on(self) -> None:
        self.result.blob = self.archive.sub(self.entry.data or 0, self.entry.stored)
        self.result.raw = True

    def _note(self, kind: str, message: str, *values: Scalar) -> None:
        constants = tuple(Const(value) for value in values)
        self._add(Anomaly(kind=kind, message=message, values=constants, at=Location(self.at)))

    def _miss(self, reason: str) -> None:
        self._add(Incomplete(reason))

    def _add(self, event: Fact | Incomplete) -> None:
        self.result.events.append(event)
