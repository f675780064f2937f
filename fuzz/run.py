"""Runs the fuzzing of every format, with atheris or without.

    python fuzz/run.py [--seconds N] [--cases N] [--only FORMAT...] [--smoke] [--page FILE]

With atheris the parser of each format is run for an even share of the time, on what it is given
of the samples of tests/conformance. Without it, or with --smoke, these are damaged from fixed
seeds, as many as --cases or the time allow: each case is read by the parser, its facts are put to
the rules, and one in --whole is scanned as a file. Nothing may raise anything unforeseen, take more
than five seconds of the processor, or more than 300 MB. --page keeps the figures, a line for each
format; the first case of each failure is told and written to --keep.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from itertools import islice
from pathlib import Path

import msgspec
from cases import Seed, cases, seeds
from trial import HangError, read, scan, watched

from modelassay.io.blob import Memory

MOST_MEMORY = 300 << 20
_PAGE = """# Fuzzing

Made by `python fuzz/run.py --smoke --page FILE`: what each parser is given of the samples of
tests/conformance, damaged from fixed seeds, documents of JSON also with values of other types. A
case is read by the parser and its facts are put to the rules; *whole* are those that were scanned
as files besides, with all that a file goes through. A case fails where anything unforeseen is
raised, or where it takes more than five seconds of the processor or 300 MB. *Peak* is that of the
process, interpreter and samples included. The figures of a format are those of the last run that
had it.

| format | cases | whole | slowest (s) | peak (MiB) | failed |
|---|---|---|---|---|---|
"""
_ROW = re.compile(r"^\| ([a-z0-9-]+) \| (\d.*)\|$", re.MULTILINE)


class Result(msgspec.Struct):
    """What came of the cases of one format."""

    cases: int = 0
    whole: int = 0
    slowest: float = 0.0
    peak: int = 0
    failed: int = 0

    def row(self, format: str) -> str:
        """Return a line of the table."""
        figures = (f"{self.cases:,}", f"{self.whole:,}", f"{self.slowest:.2f}", self.peak >> 20)
        return f"| {format} | {' | '.join(map(str, figures))} | {self.failed} |"


def wrong_with(format: str, case: Seed, whole: bool, result: Result) -> str | None:
    """Try one case; return what must not happen."""
    try:
        with watched() as took:
            read(format, Memory(case.data), case.name, case.dialect)
            if whole:
                scan(case.data)
    except (Exception, HangError):
        return traceback.format_exc(limit=-6)
    result.slowest = max(result.slowest, took[0])
    return None


def tell(label: str, data: bytes, wrong: str, keep: Path | None) -> None:
    """Tell of a case that failed, and keep it."""
    print(f"{label}: {wrong}", flush=True)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / label).write_bytes(data)


def tried(format: str, options: argparse.Namespace, seconds: float) -> Result:
    """Try the cases of one format."""
    result = Result()
    told: set[str] = set()
    end = time.monotonic() + seconds
    for case in islice(cases(seeds()[format], f"{options.seed} {format}"), options.cases):
        if time.monotonic() > end and result.cases >= options.least:
            break
        result.cases += 1
        whole = result.cases % options.whole == 0
        result.whole += whole
        wrong = wrong_with(format, case, whole, result)
        if wrong is not None:
            result.failed += 1
            place = wrong.rpartition("  File ")[2].partition("\n")[0]
            if place not in told:
                told.add(place)
                tell(f"{format}-{result.cases}", case.data, wrong, options.keep)
    result.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    result.failed += result.peak > MOST_MEMORY
    return result


def forked(format: str, options: argparse.Namespace, seconds: float) -> Result:
    """Try the cases of one format in a process of its own, whose memory is its own."""
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.write(tell, msgspec.json.encode(tried(format, options, seconds)))
            code = 0
        finally:
            os._exit(code)
    os.close(tell)
    with open(told, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return msgspec.json.decode(answer, type=Result) if answer else Result(failed=1)


def write_page(path: Path, rows: dict[str, str]) -> None:
    """Write the table, with the lines of formats that it had and that are not in `rows`."""
    old = path.read_text("utf-8") if path.exists() else ""
    every = {found[1]: found[0] for found in _ROW.finditer(old)} | rows
    path.write_text(_PAGE + "\n".join(every[name] for name in sorted(every)) + "\n", "utf-8")


def smoke(names: list[str], options: argparse.Namespace) -> int:
    """Damage the seeds of each format for its share of the time; return how many cases failed."""
    rows: dict[str, str] = {}
    failed = 0
    seeds()  # once, not in each fork
    for name in names:
        result = forked(name, options, options.seconds / len(names))
        failed += result.failed
        rows[name] = result.row(name)
        print(rows[name], flush=True)
        if options.page:
            write_page(options.page, rows)
    return failed


def guided(names: list[str], options: argparse.Namespace) -> int:
    """Run each parser with atheris for its share of the time; return how many failed."""
    failed = 0
    target = Path(__file__).with_name("guided.py")
    for name in names:
        with tempfile.TemporaryDirectory() as corpus:
            for number, seed in enumerate(seeds()[name]):
                (Path(corpus) / str(number)).write_bytes(seed.data)
            seconds = max(1, int(options.seconds / len(names)))
            command = [sys.executable, str(target), name, corpus, f"-max_total_time={seconds}"]
            done = subprocess.run([*command, "-timeout=5", "-rss_limit_mb=2048"], check=False)
            print(f"{name:24} {'failed' if done.returncode else 'ok'}", flush=True)
            failed += done.returncode != 0
    return failed


def main() -> int:
    """Fuzz; return 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="for all formats together")
    parser.add_argument("--cases", type=int, default=100_000, help="the most for each format")
    parser.add_argument("--least", type=int, default=0, help="for each, whatever time it takes")
    parser.add_argument("--whole", type=int, default=50, help="one in so many is a whole scan")
    parser.add_argument("--only", nargs="+", help="formats")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="without atheris")
    parser.add_argument("--keep", type=Path, help="where to write cases that fail")
    parser.add_argument("--page", type=Path, help="where to write the figures")
    options = parser.parse_args()
    names = options.only or list(seeds())
    if importlib.util.find_spec("atheris") is not None and not options.smoke:
        return int(guided(names, options) > 0)
    return int(smoke(names, options) > 0)


if __name__ == "__main__":
    sys.exit(main())
