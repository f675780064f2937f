"""Scans by several processes: the same report, whatever happens to one of them."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelassay import Options, scan
from modelassay.core.outcome import Outcome
from modelassay.core.report import Artifact
from modelassay.engines import Work, local
from modelassay.io.budget import Limits
from modelassay.kernel import Item, Scanner
from modelassay.reports import BY_ID, View

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = b"cposix\nsystem\n(S'id'\ntR."
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def _folder(path: Path, count: int) -> Path:
    path.mkdir()
    for number in range(count):
        data = HOSTILE if number % 10 == 3 else pickle.dumps({"n": list(range(number % 50))})
        (path / f"{number:04}.pkl").write_bytes(data)
    return path


def _json(*targets: Path, **given: Any) -> bytes:
    return BY_ID["json"].load().render(scan(*targets, **given), View())


def _meet(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], Any]) -> None:
    """Have every reading of a file called `name` do `act` first, as a defect would."""
    read = Scanner.read

    def reads(self: Scanner, item: Item) -> Outcome:
        if item.path.endswith(name):
            act()
        return read(self, item)

    monkeypatch.setattr(Scanner, "read", reads)


@pytest.mark.parametrize("sandbox", [False, None])
def test_the_report_is_that_of_one_process(tmp_path: Path, sandbox: bool | None) -> None:
    folder = _folder(tmp_path / "models", 120)
    targets = [folder, ROOT / "examples", ROOT / "tests" / "data" / "repositories"]
    targets.append(tmp_path / "nothing-here")
    alone = _json(*targets)
    assert b"cannot open" in alone
    assert b"huggingface-repository" in alone
    assert _json(*targets, work=Work(3, sandbox)) == alone


def test_names_that_are_no_unicode_come_back_as_they_are(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "models", 4)
    (folder / os.fsdecode(b"\xff\xfe.pkl")).write_bytes(HOSTILE)
    (folder / "config.json").write_text('{"model_type": "x", "n": 123456789012345678901234567890}')
    assert _json(folder, work=Work(2)) == _json(folder)


def test_standard_input_is_read_by_a_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modelassay", "scan", "-", "--format", "json"]
    outs = [
        subprocess.run([*command, *more], input=HOSTILE, capture_output=True)
        for more in ([], ["--jobs", "2"])
    ]
    assert [out.returncode for out in outs] == [1, 1]
    assert outs[0].stdout == outs[1].stdout


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "ended by SIGSEGV"),
        (lambda: os._exit(7), "exit code 7"),
        (lambda: [][0], "exit code 1"),
        (lambda: time.sleep(60), "took more than"),
    ],
)
def test_a_worker_that_ends_or_hangs_loses_its_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any], why: str
) -> None:
    folder = _folder(tmp_path / "models", 40)
    expected = scan(folder)
    monkeypatch.setattr(local, "_PATIENCE", 0.5)
    _meet(monkeypatch, "0017.pkl", act)
    options = Options(limits=Limits(seconds=5))
    report = scan(folder, options=options, work=Work(2, sandbox=False))
    assert [one.path for one in report.artifacts] == [one.path for one in expected.artifacts]
    (failed,) = [one for one in report.artifacts if one.status == "failed"]
    assert failed.path.endswith("0017.pkl")
    assert why in (failed.reason or "")
    assert [problem.artifact for problem in report.errors] == [failed.path]
    assert failed.size == (folder / "0017.pkl").stat().st_size
    assert not report.complete
    assert len(report.findings) == len(expected.findings)
    assert report.coverage.files == 40


def test_a_file_that_takes_too_much_memory_is_lost_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path / "models", 6)
    monkeypatch.setattr("modelassay.engines.sandbox.MEMORY", 256 << 20)
    _meet(monkeypatch, "0002.pkl", lambda: bytearray(1 << 30))
    report = scan(folder, work=Work(2))
    assert [one.status for one in report.artifacts].count("failed") == 1


@pytest.mark.parametrize(
    "answer",
    [b"", b"\0", b"\xff" * 9, b"other", b"long"],
    ids=["none", "cut", "junk", "of", "long"],
)
def test_what_a_worker_must_not_answer_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """As one would that a file has taken over."""
    folder = _folder(tmp_path / "models", 6)

    def lies(scanner: Scanner, task: Any, descriptor: int) -> bytes:
        outcome = scanner.read(Item(task.path, lambda: local.LocalFile(task.path, descriptor)))
        if not task.path.endswith("0002.pkl"):
            return encode(outcome)
        if answer == b"other":
            outcome.artifacts.append(Artifact("other.pkl", "pickle", "scanned", 1))
            return encode(outcome)
        if answer == b"long":
            for line in _lines():
                line.sendall(b"\xff\xff\xff\xff")
        return answer

    from modelassay.core.outcome import encode
    from modelassay.engines import worker

    kept: list[socket.socket] = []
    settle = worker._settle

    def settles(line: socket.socket, scanner: Scanner, scratch: str) -> None:
        kept.append(line)
        settle(line, scanner, scratch)

    def _lines() -> Iterator[socket.socket]:
        yield from kept

    monkeypatch.setattr(worker, "_settle", settles)
    monkeypatch.setattr(worker, "_read", lies)
    report = scan(folder, work=Work(2, sandbox=False))
    (failed,) = [one for one in report.artifacts if one.status == "failed"]
    assert failed.path.endswith("0002.pkl")
    assert "answered what it must not" in (failed.reason or "")
    assert len(report.artifacts) == 6


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs /proc")
def test_a_worker_killed_among_a_thousand_files(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "models", 999)
    with (folder / "0500-large.pkl").open("wb") as file:  # long enough to be met while it is read
        file.write(pickle.dumps([{"k": str(n), "v": (n, n)} for n in range(400_000)], 2))
    command = [sys.executable, "-m", "modelassay", "scan", folder, "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--format", "json", "--fail-on", "critical"], stdout=subprocess.PIPE
    )
    victim = _reader_of(process.pid, "0500-large.pkl")
    os.kill(victim, signal.SIGKILL)
    out, _ = process.communicate()
    report = json.loads(out)
    states = [one["status"] for one in report["artifacts"]]
    assert len(states) == 1000
    assert states.count("failed") == 1
    (failed,) = [one for one in report["artifacts"] if one["status"] == "failed"]
    assert failed["path"].endswith("0500-large.pkl")
    assert "SIGKILL" in failed["reason"]
    assert not report["complete"]
    assert len(report["findings"]) == 100


def _reader_of(parent: int, name: str) -> int:
    """Return the process below `parent` that has a file of this name in hand."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            for child in children:
                for descriptor in Path(f"/proc/{child}/fd").iterdir():
                    if os.readlink(descriptor).endswith(name):
                        return int(child)
        except OSError:
            pass
        time.sleep(0.002)
    raise AssertionError("nobody read it")


def test_a_killed_scan_leaves_no_workers(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "models", 4)
    script = tmp_path / "slow.py"
    script.write_text(
        "import os, sys, time\n"
        "from modelassay import scan\n"
        "from modelassay.engines import Work\n"
        "from modelassay.kernel import Scanner\n"
        "def read(self, item):\n"
        "    os.write(int(sys.argv[2]), b'%d\\n' % os.getpid())\n"
        "    time.sleep(600)\n"
        "Scanner.read = read\n"
        "import modelassay.engines.worker as worker\n"
        "worker.os.closerange = lambda *a: None\n"
        "scan(sys.argv[1], work=Work(2, sandbox=False))\n"
    )
    reading, writing = os.pipe()
    process = subprocess.Popen([sys.executable, script, folder, str(writing)], pass_fds=[writing])
    os.close(writing)
    worker = int(os.read(reading, 100).split()[0])
    process.kill()
    process.wait()
    while os.read(reading, 100):  # ends once nobody is left to write
        pass
    os.close(reading)
    assert not Path(f"/proc/{worker}/fd").exists() or not list(Path(f"/proc/{worker}/fd").iterdir())
