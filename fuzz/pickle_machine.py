"""Fuzzes the pickle machine: whatever the bytes are, it ends, goes forward and never raises.

Run: `python fuzz/pickle_machine.py [corpus folder]`, with atheris installed for guided fuzzing;
without it, random bytes and damaged pickles are tried for a minute.
"""

from __future__ import annotations

import pickle
import random
import sys
import time

from modelassay.formats.base import Source
from modelassay.formats.pickle import identify, parse
from modelassay.formats.pickle.machine import Machine
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget, Limits

SEEDS = [
    pickle.dumps([{"a": 1, "b": (1.5, None)}, {1, 2}, b"x" * 40, Memory], protocol)
    for protocol in range(6)
]


def test_one(data: bytes) -> None:
    """Read `data` in every way there is."""
    budget = Budget(Limits(seconds=20, facts=2000))
    blob = Memory(data)
    identify(blob)
    machine = Machine(blob, 0, budget)
    machine.run()
    assert machine.stopped or machine.error is not None
    assert 0 <= machine.position <= len(data)
    for _ in parse(Source(blob, budget)):
        pass


def _damaged(generator: random.Random) -> bytes:
    data = bytearray(generator.choice(SEEDS) * generator.randrange(1, 3))
    for _ in range(generator.randrange(1, 8)):
        place = generator.randrange(len(data))
        data[place : place + generator.randrange(3)] = generator.randbytes(generator.randrange(4))
    return bytes(data) or b"."


def main() -> None:
    """Fuzz with atheris if it is there."""
    try:
        import atheris
    except ImportError:
        generator = random.Random()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            test_one(_damaged(generator))
            test_one(generator.randbytes(generator.randrange(300)))
        return
    atheris.instrument_all()
    atheris.Setup(sys.argv, test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
