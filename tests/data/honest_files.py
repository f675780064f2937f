"""What the scripts `make_honest_*.py` share: makers, by the name of a package, and their files."""

from __future__ import annotations

import io
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

LARGEST = 60_000
Maker: TypeAlias = Callable[[], dict[str, Any]]
#: A way to save: the suffix of the file, and what writes an object into it.
Way: TypeAlias = "tuple[str, Callable[[Any, io.BytesIO], object]]"


def pickled(protocol: int) -> Way:
    """Return the way of pickle itself."""
    return f"p{protocol}.pkl", lambda made, file: pickle.dump(made, file, protocol)


class Makers:
    """Functions that return objects by name, each named after the package that makes them.

    Objects are saved in each of `ways`; bytes are a file of their own, whose name may bear a
    suffix. What is larger than `LARGEST` is not kept.
    """

    def __init__(self, *ways: Way) -> None:
        self.ways = ways
        self.makers: dict[str, Maker] = {}

    def saved(self, make: Maker) -> Maker:
        """Take a maker."""
        self.makers[make.__name__] = make
        return make

    def main(self) -> None:
        """Write what each package makes, or those named; one that is not there is told."""
        warnings.simplefilter("ignore")
        folder, *wanted = sys.argv[1:]
        Path(folder).mkdir(parents=True, exist_ok=True)
        for package, make in self.makers.items():
            if wanted and package not in wanted:
                continue
            try:
                made = make()
            except Exception as error:  # a package of many may be missing or changed
                print(f"{package}: {error!r}"[:300])
                continue
            for name, value in made.items():
                self._write(Path(folder), f"{package}-{name}".lower(), value)

    def _write(self, folder: Path, stem: str, made: Any) -> None:
        if isinstance(made, bytes):
            keep(folder / (stem if "." in stem else f"{stem}.pkl"), made)
            return
        for suffix, write in self.ways:
            file = io.BytesIO()
            try:
                write(made, file)
            except Exception as error:  # not every pickler takes every object
                print(f"{stem}.{suffix}: {error!r}"[:300])
            else:
                keep(folder / f"{stem}.{suffix}", file.getvalue())


def keep(path: Path, data: bytes) -> None:
    """Write a file if it is small enough to be kept with the tests."""
    if len(data) <= LARGEST:
        path.write_bytes(data)
    else:
        print(f"{path.name}: {len(data)} bytes are too many")
