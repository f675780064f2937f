"""Measure modelassay beside the public scanners, as whole processes, and write a page of ratios.

    python -m evals.speed --inputs FOLDER [--environments FOLDER] [--peer NAME=SCRIPTS ...]
                          [--only INPUT ...] [--times N] [--timeout SECONDS] [--output PAGE]

The inputs are made by evals/speed_inputs.py where they are not in the folder yet. Each scanner is
installed from PyPI into an environment of its own, or taken from the folder of scripts that --peer
names. Of several runs the one with the least CPU time counts. A machine that does other things at
the same time makes all of them slower, so it is the ratios that tell.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from evals.peers import PEERS, QUIET, install
from evals.speed_inputs import INPUTS, build
from modelassay.formats.pickle import machine

_MEMORY = 12 << 30
_OURS = 600.0  # seconds, beyond which something is wrong
_ARGUMENTS = {
    "picklescan": ("-p",),
    "modelscan": ("scan", "-p"),
    "fickling": ("--check-safety",),
    "modelaudit": ("scan", "--no-cache", "-f", "json"),
}
_HEAD = """# Speed

Whole processes, least CPU time of {times} runs, made by `python -m evals.speed`: {cores} cores of
{model}, {system}, Python {python}. The inputs are made by `evals/speed_inputs.py`; the weights of
large files are holes. Other work ran on the machine at the same time: the ratios tell more than the
seconds.

modelassay: CPU time, peak memory, bytes read (the modules of the program, 3 to 6 MB, are among
them). The others: CPU time in units of ours, and peak memory. `gave up` is an exit code other than
"fine" and "found", `skipped` that of a scanner that says it does not know such a file. A ratio does
not tell what was read: a scanner that only knows pickles is done with a GGUF file as soon as it has
seen its name. What was aimed at, and where the rest goes, is told in
[a decision](../internals/adr/0014-speed-aims-and-floors.md).

{versions}
"""


class Run(msgspec.Struct, frozen=True):
    """One process: seconds of CPU, peak memory in MB, MB read, and its exit code or `None`."""

    cpu: float
    memory: float
    read: float
    code: int | None

    def text(self, ours: Run) -> str:
        """Return the cell for another scanner's run."""
        if self.code is None:
            return f"> {self.cpu / ours.cpu:.0f} x, stopped"
        told = {0: "", 1: "", 3: ", skipped"}.get(self.code, ", gave up")
        return f"{self.cpu / ours.cpu:.1f} x, {self.memory:,.0f} MB{told}"


def measure(command: Sequence[str | Path], timeout: float) -> Run:
    """Run a command and return what it took; its exit code is `None` if it was stopped."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **QUIET},
        cwd=tempfile.gettempdir(),
        preexec_fn=_limit,
        start_new_session=True,
    )
    timer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    timer.cancel()
    with open(f"/proc/{process.pid}/io") as file:
        read = int(dict(line.split(": ") for line in file)["rchar"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    stopped = process.returncode == -signal.SIGKILL
    cpu = usage.ru_utime + usage.ru_stime
    return Run(cpu, usage.ru_maxrss / 1000, read / 1e6, None if stopped else process.returncode)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def best(command: Sequence[str | Path], times: int, timeout: float) -> Run:
    """Return the run of several that took the least CPU time; long ones are not repeated."""
    runs = [measure(command, timeout)]
    while len(runs) < times and runs[0].cpu < 10 and runs[0].code is not None:
        runs.append(measure(command, timeout))
    return min(runs, key=lambda run: run.cpu)


def row(title: str, path: Path, scripts: dict[str, Path], times: int, timeout: float) -> str:
    """Measure all scanners on one input and return its line of the table.

    The others are stopped after `timeout` seconds, ours never: its figure is that of a whole scan.
    """
    scan: list[str | Path] = [sys.executable, "-m", "modelassay", "scan", path, "--format", "json"]
    ours = best(scan, times, _OURS)
    if ours.code not in (0, 1, 2):  # 2 is that of a file of no format
        raise SystemExit(f"modelassay ended with {ours.code} on {path}")
    cells = [title, f"{ours.cpu:.2f} s", f"{ours.memory:,.0f} MB", f"{ours.read:,.0f} MB"]
    for name, folder in scripts.items():
        cells.append(best([folder / name, *_ARGUMENTS[name], path], 1, timeout).text(ours))
    return f"| {' | '.join(cells)} |"


def _versions(scripts: dict[str, Path]) -> str:
    """Return a sentence with the versions of all scanners."""
    form = "pure Python" if str(machine.__file__).endswith(".py") else "compiled"
    found = [f"modelassay {version('modelassay')} ({form})"]
    for name, folder in scripts.items():
        code = f"from importlib.metadata import version; print(version({name!r}))"
        done = subprocess.run([folder / "python", "-c", code], capture_output=True, text=True)
        found.append(f"{name} {done.stdout.strip()}")
    return ", ".join(found) + "."


def _model() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _scripts(options: argparse.Namespace, scratch: Path) -> dict[str, Path]:
    given = dict(one.split("=", 1) for one in options.peer)
    folder = options.environments or scratch
    return {
        peer.name: Path(given[peer.name]) if peer.name in given else install(peer, folder)
        for peer in PEERS
    }


def main() -> int:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description="modelassay beside the public scanners: speed")
    parser.add_argument("--inputs", type=Path, required=True, help="where inputs are made and kept")
    parser.add_argument("--environments", type=Path, help="where to keep the environments")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=SCRIPTS")
    parser.add_argument("--only", nargs="+", choices=[name for name, _, _ in INPUTS])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for a run of another")
    parser.add_argument("--output", type=Path, help="the page to write")
    options = parser.parse_args()
    options.inputs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        scripts = _scripts(options, Path(scratch))
        head = _HEAD.format(
            times=options.times,
            cores=os.cpu_count(),
            model=_model(),
            system=platform.system(),
            python=platform.python_version(),
            versions=_versions(scripts),
        )
        names = ["input", "CPU", "memory", "read", *scripts]
        lines = [head, f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
        for name, title, _ in INPUTS:
            if options.only and name not in options.only:
                continue
            path = build(options.inputs.resolve(), name)
            lines.append(row(title, path, scripts, options.times, options.timeout))
            print(lines[-1], flush=True)
            if options.output:
                options.output.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
