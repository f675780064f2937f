"""Pickles that use names in one form, and what is said of each name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from evals.corpus import RANKS
from modelassay.io.blob import Memory
from modelassay.kernel import Item, Options, Scanner

#: What follows the name: instantiated, its state set, called, held as a value.
AFTER = {"n": b")\x81", "s": b")\x81}b", "c": b")R", "v": b"\x85"}
_OPCODES = {"n": 6, "s": 8, "c": 6, "v": 5}  # of one use, with the POP behind it
_AT_ONCE = 200


def use(form: str, names: Sequence[tuple[str, str]]) -> bytes:
    """Return a pickle of protocol 4 that uses names in a form, one after the other."""
    parts = [_text(module) + _text(name) + b"\x93" + AFTER[form] + b"0" for module, name in names]
    return b"\x80\x04" + b"".join(parts) + b"N."


def heard(form: str, names: Sequence[tuple[str, str]]) -> Iterator[int]:
    """Yield of each name the rank of the worst that is said of its use in a form."""
    for first in range(0, len(names), _AT_ONCE):
        some = names[first : first + _AT_ONCE]
        ranks = [0] * len(some)
        source = partial(Memory, use(form, some))
        scanner = Scanner(["sample.pkl"], Options())
        scanner.scan(Item("sample.pkl", source))
        for finding in scanner.finish().findings:
            for evidence in finding.evidence:
                place = evidence.location.path.rpartition("op ")[2]
                number = (int(place) - 1) // _OPCODES[form] if place.isdigit() else len(some)
                if number < len(some):
                    ranks[number] = max(ranks[number], RANKS[finding.severity])
        yield from ranks


def _text(text: str) -> bytes:
    raw = text.encode()
    return b"X" + len(raw).to_bytes(4, "little") + raw
