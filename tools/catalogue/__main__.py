"""Command line of the generator: fetch, build, check, settle, table, why."""

import argparse
import gc
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

from .build import Library, build
from .emit import Merged, difference, settle, value, write, write_index
from .fetch import STDLIB, Plan, default_cache, fetch, fetch_stdlib, read_plan
from .reviewed import read_reviewed
from .table import page

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PAGE = REPOSITORY / "docs/reference/catalogue.md"
INTERPRETERS = [f"python3.{minor}" for minor in range(8, 15)]
HAND_WRITTEN = frozenset({"arguments.json", "effects.json", "index.json"})
DATA = REPOSITORY / "src/modelassay/rules/data/callables"


def main(argv: list[str] | None = None) -> int:
    """Run one command."""
    gc.disable()  # millions of syntax nodes live to the end: looking for cycles costs most
    options = _parser().parse_args(argv)
    if options.command == "fetch":
        return _fetch(read_plan(options.plan), options.cache, options.names)
    if options.command == "settle":
        return _settle(options.output)
    if options.command == "table":
        PAGE.write_text(page(DATA), encoding="utf-8")
        return 0
    if options.command == "build":
        _build(options, options.output)
        return 0
    if options.command == "check":
        return _check(options)
    if options.command == "why":
        return _why(_sources(options), options.name)
    raise AssertionError(options.command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="catalogue", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="what was fetched")
    parser.add_argument(
        "--python",
        action="append",
        help="an interpreter whose standard library is read (default: python3.8 to python3.14)",
    )
    parser.add_argument("--plan", type=Path, default=HERE / "packages.toml")
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser("fetch", help="download the sources of the plan")
    fetching.add_argument("names", nargs="*", help="packages (default: all)")
    building = commands.add_parser("build", help="write the data files")
    building.add_argument("--output", type=Path, default=DATA)
    checking = commands.add_parser(
        "check", help="build anew, and say which data files would differ"
    )
    for built in (building, checking):
        built.add_argument("names", nargs="*", help="packages (default: all)")
        built.add_argument("--jobs", type=int, default=1, help="processes at work, 3 GB each")
        built.add_argument("--review", type=Path, help="folder for the reasons of what is left out")
    settling = commands.add_parser("settle", help="put newer overrides into the data files")
    settling.add_argument("--output", type=Path, default=DATA)
    commands.add_parser("table", help="write the page of what is covered")
    why = commands.add_parser("why", help="explain the verdict on one name")
    why.add_argument("name", help="package:module:qualified.name")
    return parser


def _fetch(plan: Plan, cache: Path, names: list[str]) -> int:
    missing = 0
    for package, releases in plan.every().items():
        if not names or package in names:
            missing += sum(fetch(cache, release) is None for release in releases)
    if not names or STDLIB in names:
        missing += sum(fetch_stdlib(cache, *item) is None for item in plan.stdlib.items())
    return 1 if missing else 0


@cache
def _library(cache_folder: Path, plan: Path, pythons: tuple[str, ...]) -> Library:
    """The sources, read once in each process."""
    return Library(cache_folder, read_plan(plan), pythons)


def _sources(options: argparse.Namespace) -> Library:
    return _library(options.cache, options.plan, tuple(options.python or INTERPRETERS))


def _build(options: argparse.Namespace, output: Path) -> None:
    names = options.names or [STDLIB, *read_plan(options.plan).built()]
    one = partial(_build_one, options, output)
    if options.jobs == 1:
        list(map(one, names))
    else:
        with ProcessPoolExecutor(options.jobs) as pool:
            list(pool.map(one, names))
    write_index(output)


def _build_one(options: argparse.Namespace, output: Path, package: str) -> None:
    started = time.process_time()
    merged, versions = build(_sources(options), package, read_reviewed())
    if not versions or not merged.names:
        return
    path = write(output, merged)
    if options.review:
        _review(options.review, merged)
    count = sum(map(len, merged.names.values()))
    seconds = time.process_time() - started
    size = path.stat().st_size // 1000
    print(f"{package}: {count} names, {size} kB, {seconds:.0f} s", flush=True)


def _check(options: argparse.Namespace) -> int:
    """Whether a build gives what is committed; say in which files how many names differ."""
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        _build(options, Path(scratch))
        for path in sorted(Path(scratch).glob("*.json")):
            if path.name not in HAND_WRITTEN and (said := difference(DATA / path.name, path)):
                print(f"{path.stem}: {said}")
                wrong += 1
    print(f"{wrong} files differ")
    return 1 if wrong else 0


def _settle(folder: Path) -> int:
    reviewed = read_reviewed()
    for path in sorted(folder.glob("*.json")):
        if path.name not in HAND_WRITTEN and (changed := settle(path, reviewed)):
            print(f"{path.stem}: {changed} changed")
    return 0


def _review(folder: Path, merged: Merged) -> None:
    """Write why forms are missing, one name and form a line: for reading, not for shipping."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{merged.head.package}.txt").open("w", encoding="utf-8") as file:
        for module, verdicts in sorted(merged.verdicts.items()):
            for name, verdict in sorted(verdicts.items()):
                for form, reason in verdict.reasons.items():
                    file.write(f"{module} {name} {verdict.forms or '-'} not {form}: {reason}\n")


def _why(library: Library, name: str) -> int:
    package, module, qualname = name.split(":")
    merged, versions = build(library, package, read_reviewed())
    print(f"shipped: {merged.names.get(module, {}).get(qualname)!r}")
    for version, catalogue in versions.items():
        if verdict := catalogue.get(module, {}).get(qualname):
            print(f"{version}: {value(verdict)!r}")
            for form, reason in verdict.reasons.items():
                print(f"  not {form}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
