"""Settings of modelscan become a policy that means the same where it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan
from modelassay.cli.main import run
from modelassay.policy import decide
from modelassay.policy.modelscan import translate
from modelassay.policy.reading import read_policy

HOSTILE = b"cposix\nsystem\n(S'id'\ntR."
#: As modelscan 0.8.8 writes them, one scanner switched off.
SETTINGS = """\
modelscan_version = "0.8.8"
supported_zip_extensions = [".zip", ".npz"]

[scanners."modelscan.scanners.PickleUnsafeOpScan"]
enabled = {enabled}
supported_extensions = [".pkl"]

[scanners."own.Scanner"]
enabled = false

[unsafe_globals.CRITICAL]
os = "*"
mylib = ["bad"]
"""


@pytest.mark.parametrize(("enabled", "passes"), [("true", False), ("false", True)])
def test_what_was_switched_off_does_not_fail(tmp_path: Path, enabled: str, passes: bool) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS.format(enabled=enabled))
    (tmp_path / "policy.toml").write_text(translate(str(tmp_path / "settings.toml")))
    policy = read_policy(str(tmp_path / "policy.toml"))
    (tmp_path / "a.pkl").write_bytes(HOSTILE)
    assert decide(scan(tmp_path / "a.pkl"), policy).passed is passes


def test_what_has_no_counterpart_is_told(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS.format(enabled="true"))
    made = translate(str(tmp_path / "settings.toml"))
    assert '# not taken over: the scanner "own.Scanner"' in made
    assert "builtins" in made


def test_the_flags_of_modelscan_are_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.pkl").write_bytes(HOSTILE)
    out = tmp_path / "r.json"
    assert run(["scan", "-p", str(tmp_path / "a.pkl"), "-r", "json", "-o", str(out)]) == 1
    assert out.read_bytes().startswith(b"{")
    assert run(["scan", "-p", str(tmp_path / "a.pkl"), "-r", "console", "--show-skipped"]) == 1
    assert "MALICIOUS" in capsys.readouterr().out
    assert run(["scan"]) == 4
