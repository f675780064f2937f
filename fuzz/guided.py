"""Coverage-guided fuzzing of one format's parser with atheris.

    pip install atheris
    python fuzz/guided.py hdf5 corpus/ tests/data/hdf5-3.14.0

A parser may yield whatever it likes of bad input; it must not raise anything but the errors it
promises, nor run out of time or memory (libFuzzer's -timeout and -rss_limit_mb watch those).
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from trial import read

    from modelassay import formats
    from modelassay.io.blob import Memory


def main() -> None:
    """Fuzz the parser of the format that is named first."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports():
        formats.BY_ID[name].load()
    atheris.Setup(sys.argv, lambda data: read(name, Memory(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
