"""Detection and false alarms by class, ours and those of the public scanners, as one page.

    python -m evals.recall CORPUS... --output PAGE [--only NAME...] [--environments FOLDER]

Each CORPUS is a folder with a manifest, see evals/corpus.py; its name alone stands in the page. The
scanners are those of evals/peers.py. The two that take one file at a time are imported once and
forked for each file, so that their start-up is not paid for every one. `--mutations FILE` puts what
`evals.mutations.run` wrote at the end of the page.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from evals.corpus import Case, Figures, Heard, judge, load
from evals.peers import PEERS, CrashError, ModelAssay, OneByOne, Peer, install
from modelassay.version import __version__

_SECONDS = 120  # for one file of a scanner that takes one at a time
#: Runs `main` of a module in a fork for each line of arguments, and prints the exit code.
_DRIVER = """
import importlib, json, os, signal, sys
main = importlib.import_module(sys.argv[1]).main
for line in sys.stdin:
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        signal.alarm(int(sys.argv[2]))
        sys.argv = json.loads(line)
        code = main() or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os._exit(code)
"""
_MODULES = {"picklescan": "picklescan.cli", "fickling": "fickling.cli"}


def one_by_one(peer: OneByOne, scripts: Path, cases: Sequence[Case]) -> Heard:
    """Run a scanner that takes one file over all files of the cases."""
    said = Heard()
    driver: list[str | Path] = [
        scripts / "python",
        "-c",
        _DRIVER,
        _MODULES[peer.name],
        str(_SECONDS),
    ]
    with (
        tempfile.TemporaryDirectory() as scratch,
        subprocess.Popen(
            driver, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=scratch
        ) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        for number, path in enumerate(file for case in cases for file in files(case.path)):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            command = [str(part) for part in peer.command(scripts, path, folder)]
            print(json.dumps(command), file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            rank = peer.rank(code, folder) if code != -signal.SIGALRM else None
            if rank is None:
                said.unread.add(path)
            else:
                said.found(path, rank)
    return said


def files(path: Path) -> list[Path]:
    """Return the files of a case."""
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def cases_of(corpus: Path) -> list[Case]:
    """Return the cases, by the class of the manifest or else by the folder they stand in."""
    rows = json.loads((corpus / "manifest.json").read_bytes())
    return [
        case if row.get("cls") else dataclasses.replace(case, group=_folder(row))
        for case, row in zip(load(corpus), rows, strict=True)
    ]


def _folder(row: dict[str, str]) -> str:
    return (row.get("file") or row["unit"]).partition("/")[0].partition("_")[0]


def heard(peer: Peer, scripts: Path, corpus: Path, cases: list[Case], timeout: float) -> Heard:
    """Run one scanner over a corpus. Raises `TimeoutExpired`, `CrashError`."""
    if isinstance(peer, OneByOne):
        return one_by_one(peer, scripts, cases)
    return peer.run(scripts, corpus, cases, timeout)


def version(peer: Peer, scripts: Path) -> str:
    """Return the version of a scanner that is installed."""
    if not peer.packages:
        return __version__
    ask = f"from importlib.metadata import version; print(version({peer.packages[0]!r}))"
    told = subprocess.run([scripts / "python", "-c", ask], capture_output=True, text=True)
    return told.stdout.strip()


def table(figures: dict[str, Figures | str]) -> Iterator[str]:
    """Yield the lines of a corpus: all scanners, then what is due by class."""
    yield "| scanner | found | silent | benign medium | benign high | benign not read |"
    yield "|---|---|---|---|---|---|"
    for name, one in figures.items():
        if isinstance(one, str):
            yield f"| {name} | {one} | | | | |"
            continue
        honest = [one.benign_medium, one.benign_high, one.benign_unread]
        shown = " | ".join(f"{count}/{one.benign}" for count in honest)
        yield f"| {name} | {one.hit}/{one.due} | {one.silent} | {shown} |"
    known = {name: one for name, one in figures.items() if isinstance(one, Figures)}
    classes = sorted({group for one in known.values() for group in one.groups})
    if not classes:
        return
    yield ""
    yield "| class | " + " | ".join(known) + " |"
    yield "|---|" + "---|" * len(known)
    for group in classes:
        cells = (one.groups.get(group, [0, 0]) for one in known.values())
        yield f"| {group} | " + " | ".join(f"{hit}/{due}" for hit, due in cells) + " |"


_HEAD = """# Recall

Made by `python -m evals.recall`, over corpora with known answers: what was found of what is due,
by class, and what was said of honest files. `silent` counts what is due and was called fine: no
finding and no error, the worst there is. A finding counts from the severity on that is due (see
[evaluation.md](evaluation.md)); scanners that know no severities are taken at their word that
something is dangerous. The corpora were gathered for this project: figures of others are lower on
them than on files they were made for, and ours are what the tests hold us to. They tell what is
covered, not how often it is met.

"""


def main() -> int:
    """Run all scanners over all corpora and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    parser.add_argument("--output", type=Path, required=True, help="the page to write")
    parser.add_argument("--only", nargs="*", choices=[peer.name for peer in PEERS])
    parser.add_argument("--environments", type=Path, help="where to keep their environments")
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds for each")
    parser.add_argument("--mutations", type=Path, help="a page to put at the end")
    options = parser.parse_args()
    wanted = [peer for peer in PEERS if options.only is None or peer.name in options.only]
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        places = {
            peer: install(peer, options.environments or Path(scratch))
            for peer in (ModelAssay(), *wanted)
        }
        names = ", ".join(f"{peer.name} {version(peer, place)}" for peer, place in places.items())
        for corpus in options.corpora:
            cases = cases_of(corpus.resolve())
            figures: dict[str, Figures | str] = {}
            for peer, scripts in places.items():
                try:
                    said = heard(peer, scripts, corpus.resolve(), cases, options.timeout)
                    figures[peer.name] = judge(cases, said)
                except subprocess.TimeoutExpired:
                    figures[peer.name] = "stopped"
                except CrashError:
                    figures[peer.name] = "no report"
                print(corpus.name, peer.name, flush=True)
            lines += [f"## {corpus.name}", "", *table(figures), ""]
    page = _HEAD + f"{names}.\n\n" + "\n".join(lines)
    if options.mutations:
        page += "\n" + options.mutations.read_text("utf-8")
    options.output.write_text(page.rstrip() + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
