"""Write hostile files anew in ways that keep their effect, and count those that go silent.

    python -m evals.mutations.run [CORPUS...] [--count N] [--jobs N] [--page FILE]

The files are those of the corpora of which something is due, and the hostile samples of the tests.
All are only scanned, in memory. *Silent* is a variant that is called clean and complete: the worst
there is, and the run fails. *Weaker* is one of which less is said than is due of the file it was
made of; such a variant is still told. That the ways keep the effect of pickles is shown by
`python -m evals.mutations.proof`, on pickles made there.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evals.corpus import MEDIUM, RANKS, load
from evals.mutations import containers, documents, pickles, zips
from evals.samples import samples
from modelassay.core.report import Report
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Limits
from modelassay.kernel import Item, Options, Scanner

_LARGEST = 1 << 20
_LIMITS = Limits(seconds=60, inflated=256 << 20, ratio_from=32 << 20)
_JUNK_IN_ZIP = 0.6
_REWRITTEN = (".pkl", ".json", ".pb", ".onnx", ".yaml", ".yml")
_ARCHIVES = (
    ("zip anew", 0, b"PK\3\4", zips.zip_again),
    ("tar anew", 257, b"ustar", containers.tar_again),
)
_SLOW, _FEW = 0.5, 5  # of files that take so many seconds few variants are made


@dataclass
class Unit:
    """A file, or a folder of files that belong together, and the rank that is due of it."""

    name: str
    files: dict[str, bytes]
    due: int
    or_unread: bool


def units(corpora: list[Path]) -> Iterator[Unit]:
    """Yield what is hostile in the corpora, and in the samples of the tests."""
    for corpus in corpora:
        for case in load(corpus.resolve()):
            if not case.due:
                continue
            path = case.path
            inside = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
            if sum(one.stat().st_size for one in inside) > _LARGEST:
                continue
            base = path.parent if path.is_file() else path
            files = {one.relative_to(base).as_posix(): one.read_bytes() for one in inside}
            name = f"{corpus.resolve().name}/{path.relative_to(corpus.resolve()).as_posix()}"
            yield Unit(name, files, case.due, case.or_unread)
    yield from _samples()


def _samples() -> Iterator[Unit]:
    for name, some in samples().items():
        for number, data in enumerate(some):
            rank = worst(scanned({"model": data}))
            if rank >= MEDIUM:
                yield Unit(f"tests/{name}-{number}", {"model": data}, min(rank, 4), False)


def scanned(files: dict[str, bytes]) -> Report:
    """Scan files as those of one folder."""
    scanner = Scanner(["unit"], Options(limits=_LIMITS))
    for name, data in files.items():
        scanner.scan(Item(f"unit/{name}", partial(_opened, data), below=len(files) > 1))
    return scanner.finish()


def _opened(data: bytes) -> Blob:
    return Memory(data)


def worst(report: Report) -> int:
    """Return the highest rank of all findings, 0 without any."""
    return max((RANKS[finding.severity] for finding in report.findings), default=0)


def variants(unit: Unit, chance: random.Random) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield variants of a unit without end."""
    idle = 0
    while idle < 60:
        name = chance.choice(sorted(unit.files))
        made = _variant(unit.files[name], name, chance, alone=len(unit.files) == 1)
        if made is None:
            idle += 1
            continue
        idle = 0
        way, data, other = made
        files = {key: value for key, value in unit.files.items() if key != name}
        yield way, {**files, other or name: data}


def _variant(
    data: bytes, name: str, chance: random.Random, alone: bool
) -> tuple[str, bytes, str | None] | None:
    """Return a way, the bytes it made, and a name where that is another."""
    ways: list[str] = []
    rolled = chance.random()
    if rolled < 0.75 or not alone:
        found = _rewritten(data, chance)
        if found is not None:
            ways.append(found[0])
            data = found[1]
    if alone and (not ways or rolled > 0.6):
        plain = data[:1] in b"\x80(]})cN" and data[:2] != b"PK"
        wraps = {**containers.WRAPS, **(containers.PICKLE_WRAPS if plain else {})}
        wrap = chance.choice(sorted(wraps))
        data, name = wraps[wrap](data, name.rpartition("/")[2], chance)
        return "+".join([*ways, wrap]), data, name
    return ("+".join(ways), data, None) if ways else None


def _rewritten(data: bytes, chance: random.Random) -> tuple[str, bytes] | None:
    """Return bytes written anew after what they are."""
    for name, at, magic, again in _ARCHIVES:
        if data.startswith(magic, at):
            try:
                return name, again(data, chance, partial(_inner, chance))
            except ValueError:
                return None
    if data[:1] in b"\x80(]})c" and (found := pickles.rewritten(data, chance)):
        return found
    for name, rewrite in documents.REWRITES.items():
        try:
            made = rewrite(data, chance)
        except (ValueError, RecursionError):
            continue
        if made != data:
            return name, made
    return None


def _inner(chance: random.Random, name: str, data: bytes) -> bytes:
    """Return a member of an archive, sometimes written anew."""
    if chance.random() > _JUNK_IN_ZIP or not name.endswith(_REWRITTEN):
        return data
    if name == "config.json" and chance.random() < 0.2:  # given to json.loads as bytes
        with suppress(ValueError):
            return data.decode().encode(chance.choice(("utf-16", "utf-32", "utf-16-le")))
    found = _rewritten(data, chance)
    return found[1] if found else data


@dataclass
class Count:
    """How many variants were made in a way, and what was said of them."""

    made: int = 0
    told: int = 0
    weaker: int = 0
    silent: int = 0

    def add(self, other: Count) -> None:
        """Count the variants of `other`, too."""
        self.made += other.made
        self.told += other.told
        self.weaker += other.weaker
        self.silent += other.silent


def judged(unit: Unit, files: dict[str, bytes], count: Count) -> bool:
    """Scan a variant; return whether it is silent."""
    report = scanned(files)
    rank = worst(report)
    count.made += 1
    enough = rank >= unit.due or (unit.or_unread and not report.complete)
    count.told += enough
    silent = report.complete and not enough and rank < MEDIUM
    count.silent += silent
    count.weaker += not enough and not silent
    return silent


@dataclass
class Tried:
    """What came of the variants of one unit."""

    name: str
    counts: dict[str, Count]
    silent: list[tuple[str, dict[str, bytes]]]
    weaker: list[str]


def tried_out(each: int, seed: int, unit: Unit) -> Tried:
    """Make variants of a unit and scan them."""
    chance = random.Random(f"{seed} {unit.name}")
    start = time.process_time()
    scanned(unit.files)
    next(variants(unit, random.Random(0)), None)
    slow = time.process_time() - start > _SLOW
    tried = Tried(unit.name, {}, [], [])
    for way, files in itertools.islice(variants(unit, chance), _FEW if slow else each):
        count = tried.counts.setdefault(way, Count())
        before = count.weaker
        if judged(unit, files, count):
            tried.silent.append((way, files))
        elif count.weaker > before:
            tried.weaker.append(way)
    return tried


def page(counts: dict[str, Count], total: int) -> str:
    """Return the figures as a part of a page."""
    lines = [
        "## Variants of hostile files",
        "",
        "Made by `python -m evals.mutations.run`: the hostile files of the corpora and the tests",
        "written anew in ways that keep their effect, each variant in one way or several. *As due*",
        "is a variant of which all is said that is due of its file; *weaker* one of which less is",
        "said, or that could not be read whole; *silent* one that is called clean and complete.",
        "",
        f"{sum(one.made for one in counts.values())} variants of {total} files and folders.",
        "",
        "| way | variants it is part of | as due | weaker | silent |",
        "|---|---|---|---|---|",
    ]
    ways: dict[str, Count] = collections.defaultdict(Count)
    for name, one in counts.items():
        for part in {*name.split("+"), "all"}:
            ways[part].add(one)
    for name, one in sorted(ways.items(), key=lambda item: (item[0] != "all", item[0])):
        lines.append(f"| {name} | {one.made} | {one.told} | {one.weaker} | {one.silent} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Make and scan variants; return 1 if one of them is silent."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpora", nargs="*", type=Path, metavar="CORPUS")
    parser.add_argument("--count", type=int, default=20_000, help="variants of all files together")
    parser.add_argument("--page", type=Path, help="where to write the figures")
    parser.add_argument("--keep", type=Path, help="where to keep variants that are silent")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weaker", action="store_true", help="name those of which less is said")
    options = parser.parse_args()
    every = list(units(options.corpora))
    each = -(-options.count // len(every))
    counts: dict[str, Count] = collections.defaultdict(Count)
    with multiprocessing.Pool(options.jobs) as pool:
        for tried in pool.imap(partial(tried_out, each, options.seed), every):
            for way, one in tried.counts.items():
                counts[way].add(one)
            for number, (way, files) in enumerate(tried.silent):
                print(f"silent: {tried.name}: {way}", flush=True)
                if options.keep:
                    _keep(options.keep / tried.name / str(number), files)
            if options.weaker:
                for way in tried.weaker:
                    print(f"weaker: {tried.name}: {way}", flush=True)
    silent = sum(one.silent for one in counts.values())
    text = page(counts, len(every))
    if options.page:
        options.page.write_text(text, "utf-8")
    print(text if not options.page else text.splitlines()[8])
    return 1 if silent else 0


def _keep(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
