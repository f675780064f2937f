"""The command as a process of its own: what it imports, pipes that break, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "modelassay"]

#: What costs time to import and is not needed for the report of a program.
HEAVY = {"rich", "yaml", "jinja2", "asyncio", "jsonschema", "lz4", "py7zr", "backports.zstd"}


def _imported(*arguments: str) -> set[str]:
    script = (
        "import sys\n"
        "from modelassay.cli.main import run\n"
        "run(sys.argv[1:])\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines())


def test_a_report_for_programs_imports_nothing_heavy(hostile: Path) -> None:
    imported = _imported("scan", str(hostile), "--format", "json")
    assert "modelassay.kernel" in imported
    assert not imported & HEAVY


def test_piped_text_does_not_need_rich(hostile: Path) -> None:
    imported = _imported("scan", str(hostile))
    assert "modelassay.reports.text" in imported
    assert "rich" not in imported


def test_commands_do_not_load_each_other() -> None:
    imported = _imported("formats")
    assert "modelassay.cli.formats" in imported
    assert not imported & {"modelassay.cli.scan", "modelassay.cli.explain", "rich"}


def test_module_and_exit_code(clean: Path) -> None:
    done = subprocess.run([*COMMAND, "scan", str(clean)], capture_output=True, text=True)
    assert done.returncode == 0
    assert "CLEAN" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
def test_a_broken_pipe_is_no_traceback(hostile: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*COMMAND, "scan", str(hostile)], stdout=write, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(write)
    assert done.stderr == ""
    assert done.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_control_c_ends_it(tmp_path: Path) -> None:
    """The scan waits for standard input, which never comes."""
    process = subprocess.Popen(
        [*COMMAND, "scan", "-", "--output", str(tmp_path / "report")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background may have it ignored, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        code = _interrupt(process)
    finally:
        process.kill()
        out, err = process.communicate()
    assert code == 130
    assert out == ""
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not (tmp_path / "report").exists()


def _interrupt(process: subprocess.Popen[str]) -> int | None:
    """Send SIGINT once the scan reads its input: more than a pipe holds was taken from it."""
    assert process.stdin is not None
    process.stdin.write("a" * (1 << 20))
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    return process.wait(60)
