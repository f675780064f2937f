"""What a worker can no longer do, tried in one."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.engines import Work, landlock, sandbox, seccomp
from tests.engines.test_local import HOSTILE

pytestmark = pytest.mark.skipif(not sandbox.available(), reason="needs Landlock and seccomp")
DENIED = {errno.EPERM, errno.EACCES}


def _inside(act: Callable[[Path], object], scratch: Path) -> str:
    """Return what came of `act`, done by a process in the sandbox."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        told = "nothing"
        try:
            active = sandbox.enter(str(scratch))
            assert sandbox.whole(active), active
            act(scratch)
            told = "done"
        except OSError as error:
            told = f"errno {error.errno}"
        except BaseException as error:
            told = repr(error)
        finally:
            os.write(writing, told.encode())
            os._exit(0)
    os.close(writing)
    told = os.read(reading, 1000).decode()
    os.close(reading)
    os.waitpid(pid, 0)
    return told


def _connect(_: Path) -> None:
    socket.create_connection(("127.0.0.1", 9))


def _fork(_: Path) -> None:
    if os.fork() == 0:
        os._exit(0)


_ATTEMPTS: dict[str, Callable[[Path], object]] = {
    "connection": _connect,
    "datagrams": lambda _: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "local socket": lambda _: socket.socket(socket.AF_UNIX),
    "pair": lambda _: socket.socketpair(),
    "read": lambda folder: (folder.parent / "secret").read_bytes(),
    "read of the system": lambda _: Path("/etc/passwd").read_bytes(),
    "memory of the parent": lambda _: open(f"/proc/{os.getppid()}/mem", "rb"),
    "write": lambda folder: (folder.parent / "new").write_bytes(b"x"),
    "overwrite": lambda folder: (folder.parent / "secret").write_bytes(b"x"),
    "removal": lambda folder: (folder.parent / "secret").unlink(),
    "folder": lambda folder: (folder.parent / "folder").mkdir(),
    "link": lambda folder: os.symlink("/", folder / "link"),
    "truncation": lambda folder: os.truncate(folder.parent / "secret", 0),
    "mode": lambda folder: os.chmod(folder.parent / "secret", 0o777),
    "time": lambda folder: os.utime(folder.parent / "secret"),
    "attribute": lambda folder: os.setxattr(folder.parent / "secret", "user.x", b"x"),
    "execution": lambda _: os.execv("/bin/true", ["true"]),
    "spawn": lambda _: os.posix_spawn("/bin/true", ["true"], {}),
    "program": lambda _: subprocess.run(["/bin/true"]),
    "fork": _fork,
    "signal": lambda _: os.kill(os.getppid(), 0),
    "namespace": lambda _: _call("unshare", 0x10000000),
    "ptrace": lambda _: _call("ptrace", 16, os.getppid(), 0, 0),
}


def _call(name: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


@pytest.mark.parametrize("attempt", _ATTEMPTS, ids=lambda name: name.replace(" ", "-"))
def test_a_worker_is_denied(attempt: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    told = _inside(_ATTEMPTS[attempt], scratch)
    assert told in {f"errno {number}" for number in DENIED}, told
    assert (tmp_path / "secret").read_bytes() == b"s"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch", "secret"]


def _large_spool(scratch: Path) -> None:
    tempfile.tempdir = str(scratch)
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"x" * 100)
        file.seek(0)
        assert file.read() == b"x" * 100


def _thread(_: Path) -> None:
    done: list[int] = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    assert done == [1]


def _late_import(_: Path) -> None:
    assert "lzma" not in sys.modules or "sqlite3" not in sys.modules
    import sqlite3  # noqa: F401

    from modelassay.rules import RULES

    for entry in RULES:
        entry.load()


@pytest.mark.parametrize("act", [_large_spool, _thread, _late_import], ids=lambda act: act.__name__)
def test_a_worker_can(act: Callable[[Path], None], tmp_path: Path) -> None:
    assert _inside(act, tmp_path) == "done"


def test_files_of_more_than_memory_holds_are_inflated_in_the_sandbox(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "large.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hidden.pkl.gz", os.urandom(1000))
        archive.writestr("large.pkl", HOSTILE + os.urandom(24 << 20))
    report = scan(tmp_path, work=Work(1, sandbox=True))
    assert "command-execution" in {finding.rule for finding in report.findings}
    assert report.findings == scan(tmp_path).findings


def test_a_sandbox_that_was_asked_for_and_is_not_to_be_had_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pkl").write_bytes(HOSTILE)

    def refuse() -> None:
        raise OSError(errno.ENOSYS, "no")

    monkeypatch.setattr(seccomp, "restrict", refuse)
    with pytest.raises(sandbox.SandboxError, match="Landlock"):
        scan(tmp_path, work=Work(2, sandbox=True))
    told: list[tuple[str, ...]] = []
    assert scan(tmp_path, work=Work(2, tell=told.append)).findings
    assert told == [(f"Landlock {landlock.version()}",)]


def test_verbose_tells_what_protects_and_the_report_does_not(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(HOSTILE)
    command = [sys.executable, "-m", "modelassay", "scan", tmp_path, "-v", "--format", "json"]
    done = subprocess.run([*command, "--sandbox"], capture_output=True, text=True)
    alone = subprocess.run(command, capture_output=True, text=True)
    assert "seccomp" in done.stderr
    assert done.stdout == alone.stdout


_QUIET = """
import sys
asked = []
def hook(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ssl.")):
        asked.append((event, arguments))
sys.addaudithook(hook)
from modelassay import Options, scan
report = scan(*sys.argv[1:], options=Options(deep=True))
assert len(report.artifacts) > 20, len(report.artifacts)
assert not asked, asked
import socket
try: socket.create_connection(("127.0.0.1", 9))
except OSError: pass
assert asked
print("quiet")
"""


def test_a_scan_uses_no_network(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    targets = [root / "examples", root / "tests" / "data" / "repositories"]
    done = subprocess.run([sys.executable, "-c", _QUIET, *targets], capture_output=True, text=True)
    assert done.stdout == "quiet\n", done.stderr


def test_where_nothing_forks_the_sandbox_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from modelassay.engines import Work, outcomes
    from modelassay.engines.sandbox import SandboxError
    from modelassay.kernel import Scanner

    monkeypatch.delattr("os.fork")
    with pytest.raises(SandboxError, match="forked"):
        list(outcomes(Scanner([]), (), Work(sandbox=True)))
