"""Whatever a real loader accepts, we read whole: damaged files before both.

    python -m evals.oracles --python LOADER=PATH... [--count N] [--seed N] [--keep FOLDER]

LOADER is one of evals/loaders.py, PATH the Python of an environment that has it. Files that the
real tools wrote, and samples of the tests, are damaged: as bytes, and archives in their members
too, with right checksums. Each loader is run over them in a process of its own, and what it took is
held against our report: it should not be called incomplete, and all its tensors be told. What is
loaded was all made from honest files; pickles are loaded with all imports refused.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from evals.loaders import FRAME, LOADERS, Loader
from evals.samples import damaged, damaged_archive, samples
from modelassay.core.facts import Fact, Tensor
from modelassay.core.report import Artifact, Report
from modelassay.io.blob import Memory
from modelassay.io.budget import Limits
from modelassay.kernel import Item, Options, Scanner

_DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
_LARGEST = 1 << 17


def seeds(loader: Loader) -> list[bytes]:
    """Return what a loader's damaged files are made of."""
    found = [data for name in loader.formats for data in samples()[name]]
    for pattern in loader.files:
        found += [path.read_bytes() for path in sorted(_DATA.glob(pattern))]
    assert found
    return [data for data in found if len(data) <= _LARGEST]


def made(some: list[bytes], chance: random.Random) -> bytes:
    """Return a damaged one of `some`."""
    data = chance.choice(some)
    if data[:4] == b"PK\3\4" and chance.random() < 0.6:
        try:
            return damaged_archive(data, chance)
        except (ValueError, zipfile.BadZipFile):
            pass
    return damaged([data], chance)


def scanned(data: bytes, name: str) -> tuple[Report, int]:
    """Scan `data`; return the report, and how many tensors it tells of."""
    counts: list[int] = []

    def observe(artifact: Artifact, facts: list[Fact]) -> None:
        counts.extend(fact.count for fact in facts if isinstance(fact, Tensor))

    scanner = Scanner(["file"], Options(limits=Limits(seconds=20)), observe)
    scanner.scan(Item(name, lambda: Memory(data)))
    return scanner.finish(), sum(counts)


def taken(loader: Loader, python: str, files: dict[str, bytes]) -> dict[str, list[str]]:
    """Return the tensors of each file that the loader takes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        command = [python, "-c", FRAME.format(body=loader.body), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return answer


def compare(name: str, python: str, options: argparse.Namespace) -> str:
    """Give damaged files to a loader and to us; return a line of the table."""
    loader = LOADERS[name]
    chance = random.Random(f"{options.seed} {name}")
    some = seeds(loader)
    files = {f"{n:06}{loader.suffix}": made(some, chance) for n in range(options.count)}
    answer = taken(loader, python, files)
    incomplete = missing = 0
    for file, tensors in answer.items():
        report, known = scanned(files[file], file)
        wrong = ""
        if not report.complete:
            incomplete += 1
            wrong = "; ".join(f"{one.path} {one.reason}" for one in report.artifacts if one.reason)
        elif known < len(tensors):
            missing += 1
            wrong = f"{len(tensors)} tensors, {known} told"
        if wrong:
            print(f"{name}: {file}: taken: {wrong}", flush=True)
            if options.keep:
                (options.keep / name).mkdir(parents=True, exist_ok=True)
                (options.keep / name / file).write_bytes(files[file])
    return f"| {name} | {options.count} | {len(answer)} | {incomplete} | {missing} |"


def main() -> int:
    """Print the table of all loaders that were given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", nargs="+", required=True, metavar="LOADER=PATH")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where to keep files we do not read whole")
    options = parser.parse_args()
    lines = [
        "| loader | damaged files | taken by it | called incomplete | tensors not told |",
        "|---|---|---|---|---|",
    ]
    for given in options.python:
        loader, _, python = given.partition("=")
        lines.append(compare(loader, python, options))
        print(lines[-1], flush=True)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
