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
from tests.helpers.damaging import damaged
from tests.helpers.retyping import document, retyped

RETYPED = 0.3  # of the cases of documents are whole, with values of other types
LARGEST = 1 << 15  # of a seed: larger ones make every case slow


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


def cases(some: list[Seed], seed: str) -> Iterator[Seed]:
    """Yield damaged seeds without end, the same for the same `seed`."""
    chance = random.Random(seed)
    every = [one.data for one in some]
    pairs = [(one, document(one.data)) for one in some]
    while True:
        one, whole = chance.choice(pairs)
        if whole is not None and chance.random() < RETYPED:
            yield msgspec.structs.replace(one, data=retyped(whole, chance))
            continue
        others = [one.data, chance.choice(every)] if chance.random() < 0.2 else [one.data]
        yield msgspec.structs.replace(one, data=damaged(others, chance))
