"""Whatever a loader of the standard library takes of damaged files, we read whole.

`evals/oracles.py` does the same with the loaders of frameworks, which no test installs.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import random
import zipfile
from collections.abc import Callable, Iterator

import pytest

from tests.conformance.samples import archive
from tests.helpers.damaging import damaged, damaged_archive
from tests.helpers.scanning import scan_bytes

CASES = 400
_MEMBERS = {"a.txt": b"hello" * 9, "b.txt": b"words" * 9}


class Inert(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(module)


def load_pickle(data: bytes) -> None:
    Inert(io.BytesIO(data)).load()


def load_zip(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None


LOADERS: list[tuple[str, Callable[[bytes], object], bytes]] = [
    ("pickle", load_pickle, pickle.dumps([{"a": (1, 2.5, None)}, {b"x", "y"}, [-1, 1 << 70]], 4)),
    ("pickle-0", load_pickle, pickle.dumps([{"a": (1, 2.5, None)}, [-1, 1 << 70]], 0)),
    ("zip", load_zip, archive(_MEMBERS)),
    ("gzip", gzip.decompress, gzip.compress(b"words " * 50, mtime=0)),
    ("bz2", bz2.decompress, bz2.compress(b"words " * 50)),
    ("xz", lzma.decompress, lzma.compress(b"words " * 50)),
]


def cases(name: str, seed: bytes) -> Iterator[bytes]:
    chance = random.Random(name)
    for number in range(CASES):
        inside = name == "zip" and number % 2
        yield damaged_archive(seed, chance) if inside else damaged([seed], chance)


@pytest.mark.parametrize(("name", "load", "seed"), LOADERS, ids=[one[0] for one in LOADERS])
def test_what_a_loader_takes_is_read_whole(
    name: str, load: Callable[[bytes], object], seed: bytes
) -> None:
    taken = 0
    for data in cases(name, seed):
        try:
            load(data)
        except Exception:
            continue
        taken += 1
        report = scan_bytes(data)
        unread = [one.reason for one in report.artifacts if one.path == "model" and one.reason]
        assert not unread, (data, unread)
    assert taken > 5
