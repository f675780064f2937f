"""A scan of local files opens no connection and starts no process: Python itself is the witness."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.samples import samples

_RUN = """
import json, sys
met = {}
sys.addaudithook(lambda event, arguments: met.update({event: met.get(event, 0) + 1}))
from modelassay.cli.main import run
if sys.argv[1] == "connect":
    import socket
    socket.socket().close()
else:
    code = run(sys.argv[1:])
print(json.dumps(met), file=sys.stderr)
"""
#: Audit events of what reaches beyond this machine, or out of this process.
_OUTWARD = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "subprocess.", "os.system")
_OUTWARD += ("os.exec", "os.posix_spawn", "os.spawn", "os.fork", "webbrowser.")


def _met(*arguments: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments], capture_output=True, text=True, check=True
    )
    met: dict[str, int] = json.loads(done.stderr.splitlines()[-1])
    return met


def _outward(met: dict[str, int]) -> list[str]:
    return [event for event in met if event.startswith(_OUTWARD)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sample of every format, and a repository that names others."""
    folder = tmp_path_factory.mktemp("models")
    for name, some in samples().items():
        for number, data in enumerate(some):
            (folder / f"{number}-{name}").write_bytes(data)
    config = {"auto_map": {"AutoModel": "somebody/model--modeling.Net"}, "model_type": "x"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "requirements.txt").write_text("evil @ https://localhost/evil.whl\n")
    return folder


@pytest.mark.parametrize("options", [(), ("--deep",), ("--strict", "--hash")], ids=str)
def test_nothing_goes_out(models: Path, options: tuple[str, ...], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    met = _met("scan", str(models), "--format", "json", "--output", str(report), *options)
    assert len(json.loads(report.read_text())["artifacts"]) > 60
    assert met["open"] > 100
    assert _outward(met) == []


def test_the_witness_sees_a_socket() -> None:
    assert _outward(_met("connect"))
