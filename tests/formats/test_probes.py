"""Probes say for which first bytes they may hold: what they leave out, they must not hold for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelassay import formats
from modelassay.formats.probes import HEAD, Probe, possible
from modelassay.io.blob import Memory
from tests.conformance.samples import samples

PROBES = {entry.probe: entry.id for entry in formats.FORMATS}
SAMPLES = [data for variants in samples().values() for data in variants]


def _heads() -> Iterator[bytes]:
    """Yield what files start with, each also behind every other first byte and as text."""
    for data in SAMPLES:
        head = data[:HEAD]
        for start in (head, head.replace(b"\0", b" ")):
            yield start
            yield from (bytes([first]) + start[1:] for first in range(256))
            yield from (bytes([first]) + start for first in b" \t\r\n\v\f\0\xef\xff\xfe")


def _wrong(probe: Probe) -> list[bytes]:
    return [
        head[:32] for head in HEADS if not possible(probe, head) and probe(head, lambda: b"PK\5\6")
    ]


HEADS = list(dict.fromkeys(head[:512] for head in _heads()))


@pytest.mark.parametrize("probe", PROBES, ids=PROBES.values())
def test_no_probe_holds_where_it_says_it_cannot(probe: Probe) -> None:
    assert _wrong(probe) == []


def test_few_probes_are_asked_about_a_pickle() -> None:
    asked = [probe for probe in PROBES if possible(probe, b"\x80\4\x95\0")]
    assert 0 < len(asked) < len(PROBES) // 2


@pytest.mark.parametrize("data", [b"", b"{", b"\x80\4N.", b"PK\5\6" + bytes(18)])
def test_candidates_are_those_whose_probe_holds(data: bytes) -> None:
    expected = [entry for entry in formats.FORMATS if entry.probe(data, lambda: data)]
    assert formats.candidates(Memory(data)) == expected
