"""Runs the fuzzing of every format for a fixed time, with atheris or without.

    python fuzz/run.py [--seconds N] [--cases N] [--only FORMAT...] [--smoke]

With atheris each target of this folder is run for an even share of the time, on the samples of
tests/conformance. Without it, or with --smoke, samples are damaged from fixed seeds and scanned as
whole files: nothing may raise, take more than five seconds, or more than 300 MB. The last column is
the number of cases; a case that fails is written to --keep.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from modelassay.io.blob import Memory  # noqa: E402
from modelassay.io.budget import Limits  # noqa: E402
from modelassay.kernel import Item, Options, Scanner  # noqa: E402
from tests.conformance.samples import samples  # noqa: E402

LIMITS = Limits(seconds=4, inflated=64 << 20, ratio_from=16 << 20, facts=20_000)
LONGEST = 5.0
MOST_MEMORY = 300 << 20
_WORDS = (
    *(b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80"),
    *(b"PK\3\4", b"PK\1\2", b"\x80\x04", b"cos\nsystem\n", b"\x93NUMPY", b"GGUF", b"{", b"[", b'"'),
)


def damaged(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return one of `seeds`, changed at a few places, cut, or spliced with another."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1 and data:
            data[at % len(data)] = chance.randrange(256)
        elif kind == 2:
            data[at:at] = chance.choice(_WORDS)
        elif kind == 3:
            del data[at : at + chance.choice((1, 2, 4, 16))]
        elif kind == 4:
            word = chance.choice(_WORDS)
            data[at : at + len(word)] = word
        elif kind == 5:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randrange(64)]
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def cases(seeds: list[bytes], seed: str) -> Iterator[bytes]:
    """Yield damaged samples without end, the same for the same seed."""
    chance = random.Random(seed)
    while True:
        yield damaged(seeds, chance)


def wrong_with(data: bytes) -> str | None:
    """Scan `data`; return what must not happen."""
    start = time.process_time()  # other work on the machine is no hang
    scanner = Scanner(["case"], Options(limits=LIMITS))
    scanner.scan(Item("case", lambda: Memory(data)))
    report = scanner.finish()
    for problem in report.errors:
        if "defect" in problem.advice:
            return problem.message
    seconds = time.process_time() - start
    return f"{seconds:.1f} s of the processor" if seconds > LONGEST else None


def smoke(names: list[str], options: argparse.Namespace) -> int:
    """Damage samples of each format for its share of the time; return how many cases failed."""
    failed = 0
    share = options.seconds / len(names)
    for name in names:
        seeds = [data for data in samples()[name] if len(data) <= 1 << 15] or samples()[name]
        end = time.monotonic() + share
        count = 0
        for data in cases(seeds, f"{options.seed} {name}"):
            if count >= options.cases or (time.monotonic() > end and count >= options.least):
                break
            count += 1
            wrong = wrong_with(data)
            if wrong is not None:
                failed += 1
                print(f"{name}: case {count}: {wrong}", flush=True)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{name}-{count}").write_bytes(data)
        print(f"{name:24} {count}", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"peak of memory: {memory >> 20} MiB")
    return failed + (memory > MOST_MEMORY)


def guided(options: argparse.Namespace) -> int:
    """Run each target with atheris for its share of the time; return how many failed."""
    targets = sorted(Path(__file__).parent.glob("*.py"))
    targets = [one for one in targets if one.stem not in ("run", "harness")]
    if options.only:
        targets = [one for one in targets if one.stem.replace("_", "-") in options.only]
    failed = 0
    for target in targets:
        with tempfile.TemporaryDirectory() as corpus:
            name = target.stem.replace("_", "-")
            for number, data in enumerate(samples().get(name, samples()["pickle"])):
                (Path(corpus) / str(number)).write_bytes(data)
            seconds = max(1, int(options.seconds / len(targets)))
            command = [sys.executable, str(target), corpus, f"-max_total_time={seconds}"]
            done = subprocess.run([*command, "-timeout=5", "-rss_limit_mb=2048"], check=False)
            print(f"{target.stem:24} {'failed' if done.returncode else 'ok'}", flush=True)
            failed += done.returncode != 0
    return failed


def main() -> int:
    """Fuzz; return 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="for all formats together")
    parser.add_argument("--cases", type=int, default=100_000, help="the most for each format")
    parser.add_argument("--least", type=int, default=0, help="for each, whatever time it takes")
    parser.add_argument("--only", nargs="+", help="formats")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="without atheris")
    parser.add_argument("--keep", type=Path, help="where to write cases that fail")
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is not None and not options.smoke:
        return int(guided(options) > 0)
    names = options.only or sorted(samples())
    return int(smoke(names, options) > 0)


if __name__ == "__main__":
    sys.exit(main())
