"""Cases for fuzzing: what each parser is given of the samples of the tests, damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from unittest import mock

import msgspec
from trial import scan

from modelassay.formats import Entry
from modelassay.reading import Reading
from tests.conformance.samples import samples

LARGEST = 1 << 15  # of a seed: larger ones make every case slow
_WORDS = (
    *(b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80"),
    *(b"PK\3\4", b"PK\1\2", b"\x80\x04", b"cos\nsystem\n", b"\x93NUMPY", b"GGUF", b"{", b"[", b'"'),
)


class Seed(msgspec.Struct, frozen=True):
    """Bytes a parser was given, and what the format around them said of them."""

    data: bytes
    name: str
    dialect: object | None


@cache
def seeds() -> dict[str, list[Seed]]:
    """Return the seeds of each format by its id, also those that lie inside of samples."""
    met: dict[str, dict[bytes, Seed]] = {}
    parse = Reading._parse

    def noted(self: Reading, entry: Entry) -> None:
        size = min(self.blob.size, LARGEST + 1)
        source, data = self._source, self.blob.read_at(0, size)
        met.setdefault(entry.id, {}).setdefault(data, Seed(data, source.name, source.dialect))
        parse(self, entry)

    with mock.patch.object(Reading, "_parse", noted):
        for some in samples().values():
            for data in some:
                scan(data)
    return {name: _small(list(some.values())) for name, some in sorted(met.items())}


def _small(some: list[Seed]) -> list[Seed]:
    return [one for one in some if len(one.data) <= LARGEST] or some


def damaged(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return one of `seeds`, changed at a few places, cut, or spliced with another."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1 and data:
            data[at % len(data)] = chance.randrange(256)
        elif kind == 2:
            data[at:at] = chance.choice(_WORDS)
        elif kind == 3:
            del data[at : at + chance.choice((1, 2, 4, 16))]
        elif kind == 4:
            word = chance.choice(_WORDS)
            data[at : at + len(word)] = word
        elif kind == 5:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randrange(64)]
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def cases(some: list[Seed], seed: str) -> Iterator[Seed]:
    """Yield damaged seeds without end, the same for the same `seed`."""
    chance = random.Random(seed)
    every = [one.data for one in some]
    while True:
        one = chance.choice(some)
        others = [one.data, chance.choice(every)] if chance.random() < 0.2 else [one.data]
        yield msgspec.structs.replace(one, data=damaged(others, chance))
