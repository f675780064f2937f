"""Run the public scanners beside modelassay on a corpus and print one table.

    python -m evals.peers CORPUS [--only NAME...] [--environments FOLDER] [--timeout SECONDS]

Each scanner is installed from PyPI into an environment of its own, in a folder that is removed
afterwards unless --environments names one to keep. They only read the corpus. `silent` counts what
is due and was called fine: no finding and no error. Severities are mapped to ours; a scanner that
knows none is taken at its word that something is dangerous. `time` is in units of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from evals.corpora import heard
from evals.corpus import HIGH, MEDIUM, Case, Figures, Heard, judge, load
from modelassay import Report

QUIET = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "NO_COLOR": "1"}


class CrashError(Exception):
    """A scanner ended without a report on the corpus."""


class Peer(ABC):
    """A scanner: how to install it, run it, and understand it."""

    name: str
    packages: Sequence[str]

    @abstractmethod
    def run(self, scripts: Path, corpus: Path, cases: list[Case], timeout: float) -> Heard:
        """Scan `corpus` with the programs in `scripts`.

        Raises `subprocess.TimeoutExpired`, or `CrashError` where it gave no report.
        """


def _call(command: Sequence[str | Path], timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        env={**os.environ, **QUIET},
        cwd=tempfile.gettempdir(),
    )


def _report(done: subprocess.CompletedProcess[str], out: Path) -> dict[str, Any]:
    """Return the JSON a scanner wrote. Raises `CrashError` if it wrote none."""
    if not out.exists():
        raise CrashError(f"exit code {done.returncode}, no report")
    report: dict[str, Any] = json.loads(out.read_bytes())
    return report


class ModelAssay(Peer):
    """Ourselves, as a process like the others."""

    name = "modelassay"
    packages = ()

    def run(self, scripts: Path, corpus: Path, cases: list[Case], timeout: float) -> Heard:
        """See `Peer`."""
        done = _call(
            [sys.executable, "-m", "modelassay", "scan", corpus, "--format", "json"], timeout
        )
        return heard(msgspec.json.decode(done.stdout, type=Report))


class OneByOne(Peer):
    """A scanner that is run for each file, and answers by its exit code."""

    @abstractmethod
    def command(self, scripts: Path, path: Path, folder: Path) -> list[str | Path]:
        """Return the command that scans `path`; `folder` is scratch."""

    @abstractmethod
    def rank(self, code: int, folder: Path) -> int | None:
        """Return the rank that an exit code stands for, or None for an error."""

    def run(self, scripts: Path, corpus: Path, cases: list[Case], timeout: float) -> Heard:
        """See `Peer`."""
        said, end = Heard(), time.monotonic() + timeout
        for path in (file for case in cases for file in _files(case.path)):
            with tempfile.TemporaryDirectory() as folder:
                command = self.command(scripts, path, Path(folder))
                done = _call(command, max(1.0, end - time.monotonic()))
                rank = self.rank(done.returncode, Path(folder))
            if rank is None:
                said.unread.add(path)
            else:
                said.found(path, rank)
        return said


class PickleScan(OneByOne):
    """Over a folder, one file it cannot open ends the whole run, so it is given one at a time."""

    name = "picklescan"
    packages = ("picklescan", "numpy")

    def command(self, scripts: Path, path: Path, folder: Path) -> list[str | Path]:
        """See `OneByOne`."""
        return [scripts / "picklescan", "-p", path]

    def rank(self, code: int, folder: Path) -> int | None:
        """See `OneByOne`: 1 is dangerous, 2 an error."""
        return {0: 0, 1: HIGH}.get(code)


class Fickling(OneByOne):
    """Leaves a report wherever it came to a judgement; otherwise it is an error."""

    name = "fickling"
    packages = ("fickling", "typing_extensions")

    def command(self, scripts: Path, path: Path, folder: Path) -> list[str | Path]:
        """See `OneByOne`."""
        out = folder / "report.json"
        return [scripts / "fickling", "--check-safety", "--json-output", out, path]

    def rank(self, code: int, folder: Path) -> int | None:
        """See `OneByOne`: other than 0 is unsafe."""
        if code == 0:
            return 0
        return HIGH if (folder / "report.json").exists() else None


class ModelScan(Peer):
    """Writes JSON with sources relative to what it scanned. A file it skips it does not read."""

    name = "modelscan"
    packages = ("modelscan",)
    _RANKS: ClassVar = {"LOW": 2, "MEDIUM": MEDIUM, "HIGH": HIGH, "CRITICAL": 5}

    def run(self, scripts: Path, corpus: Path, cases: list[Case], timeout: float) -> Heard:
        """See `Peer`."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "report.json"
            command: list[str | Path] = [scripts / "modelscan", "scan", "-p", corpus, "-r", "json"]
            report = _report(_call([*command, "-o", out, "--show-skipped"], timeout), out)
        said = Heard()
        for issue in report["issues"]:
            said.found(_outer(corpus / issue["source"], cases), self._RANKS[issue["severity"]])
        for error in report["errors"]:
            said.unread.add(_outer(corpus / error.get("source", ""), cases))
        skipped = report["summary"].get("skipped", {}).get("skipped_files", [])
        said.unread.update(corpus / one["source"] for one in skipped)
        return said


class ModelAudit(Peer):
    """Writes JSON; `warning` stands for medium, `critical` for critical."""

    name = "modelaudit"
    packages = ("modelaudit",)
    _RANKS: ClassVar = {"debug": 0, "info": 1, "warning": MEDIUM, "critical": 5}

    def run(self, scripts: Path, corpus: Path, cases: list[Case], timeout: float) -> Heard:
        """See `Peer`."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "report.json"
            command: list[str | Path] = [scripts / "modelaudit", "scan", corpus, "--no-cache"]
            report = _report(_call([*command, "-f", "json", "-o", out], timeout), out)
        said = Heard()
        for issue in report["issues"]:
            source = (issue.get("location") or "").partition(" (pos")[0]
            said.found(_outer(source, cases), self._RANKS.get(issue["severity"], 1))
        read = {Path(asset["path"]) for asset in report["assets"]}
        said.unread = {path for case in cases for path in _files(case.path) if path not in read}
        return said


PEERS: tuple[Peer, ...] = (PickleScan(), ModelScan(), Fickling(), ModelAudit())


def _files(path: Path) -> list[Path]:
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def _outer(source: str | Path, cases: list[Case]) -> Path:
    """Return the file that `source` names, which may go on with a member behind a colon."""
    text = str(source)
    outer = (str(case.path) for case in cases if text.startswith(str(case.path)))
    longest = max(outer, key=len, default="")
    rest = text[len(longest) :]
    return Path(longest) if longest and rest[:1] in ("", ":", "!", " ") else Path(text)


def install(peer: Peer, folder: Path) -> Path:
    """Make an environment for a peer, or take the one that is there; return its scripts."""
    home = folder / peer.name
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    if peer.packages and not (home / "made").exists():
        venv.create(home, with_pip=True, clear=True)
        python = str(scripts / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *peer.packages], check=True)
        (home / "made").touch()
    return scripts


def row(name: str, figures: Figures, seconds: float, ours: float) -> str:
    """Return one line of the table."""
    return (
        f"| {name} | {figures.hit}/{figures.due} | {figures.silent} "
        f"| {figures.benign_medium}/{figures.benign} | {figures.benign_high}/{figures.benign} "
        f"| {figures.benign_unread}/{figures.benign} | {seconds / ours:.1f} |"
    )


def main() -> int:
    """Run the scanners one after another and print the table."""
    parser = argparse.ArgumentParser(description="modelassay beside the public scanners")
    parser.add_argument("corpus", type=Path, help="a folder with a manifest, see evals/corpus.py")
    parser.add_argument("--only", nargs="+", choices=[peer.name for peer in PEERS])
    parser.add_argument("--environments", type=Path, help="where to keep their environments")
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds for each")
    options = parser.parse_args()
    wanted = [peer for peer in PEERS if not options.only or peer.name in options.only]
    corpus = options.corpus.resolve()
    cases = load(corpus)
    print("| scanner | found | silent | benign medium | benign high | benign unread | time |")
    print("|---|---|---|---|---|---|---|")
    ours = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for peer in (ModelAssay(), *wanted):
            scripts = install(peer, options.environments or Path(scratch))
            start = time.perf_counter()
            try:
                said = peer.run(scripts, corpus, cases, options.timeout)
            except (subprocess.TimeoutExpired, CrashError) as error:
                print(f"| {peer.name} | {error} | | | | | |", flush=True)
                continue
            seconds = time.perf_counter() - start
            ours = ours or seconds
            print(row(peer.name, judge(cases, said), seconds, ours), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
