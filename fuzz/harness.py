"""Coverage-guided fuzzing of one format's parser with atheris.

    pip install atheris
    python fuzz/hdf5.py corpus/ tests/data/hdf5-3.14.0

A parser may yield whatever it likes of bad input; it must not raise anything but the errors it
promises, nor run out of time or memory (libFuzzer's -timeout and -rss_limit_mb watch those).
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from modelassay import formats
    from modelassay.core.errors import BudgetError, MissingExtraError, ReadError
    from modelassay.formats.base import Source
    from modelassay.io.blob import Memory
    from modelassay.io.budget import Budget, Limits

LIMITS = Limits(seconds=20, inflated=64 << 20, ratio_from=16 << 20)


def fuzz(format: str) -> None:
    """Fuzz the parser of `format`."""
    with atheris.instrument_imports():
        module = formats.BY_ID[format].load()

    def one(data: bytes) -> None:
        blob = Memory(data)
        module.identify(blob)
        try:
            for _ in module.parse(Source(blob, Budget(LIMITS))):
                pass
        except (BudgetError, MissingExtraError, ReadError):
            pass

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
