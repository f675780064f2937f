"""`modelassay inspect`: what a file says, as text and as JSON."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import CALLS, Ran

Invoke = Callable[..., Ran]

_SCRIPT = b"class M(Module):\n  def forward(self, x):\n    return torch.relu(x)\n"


def _archive(path: Path, **members: bytes) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


def _model(folder: Path) -> Path:
    members = {"m/constants.pkl": b"\x80\x02).", "m/code/__torch__.py": _SCRIPT, "m/x.pkl": CALLS}
    return _archive(folder / "model.pt", **members)


def test_text_shows_what_there_is(invoke: Invoke, tmp_path: Path) -> None:
    ran = invoke("inspect", _model(tmp_path))
    assert ran.code == 0
    assert "torchscript" in ran.out
    assert "torch.ops.aten.relu()" in ran.out
    assert "builtins.print" in ran.out
    assert "m/code/__torch__.py" in ran.out
    assert "MALICIOUS" not in ran.out


def test_json_holds_all_facts_by_artifact(invoke: Invoke, tmp_path: Path) -> None:
    ran = invoke("inspect", "--format", "json", _model(tmp_path))
    found = {one["path"].rpartition("!")[2]: one for one in json.loads(ran.out)["artifacts"]}
    assert found["m/x.pkl"]["format"] == "pickle"
    facts = found["m/x.pkl"]["facts"]
    assert facts["call"]["pieces"][0]["fact"].startswith("call builtins.print(")
    code = found["m/code/__torch__.py"]["facts"]["code"]
    assert code["pieces"][0]["fields"]["references"] == ["torch.ops.aten.relu"]


def test_what_is_left_out_is_counted(invoke: Invoke, tmp_path: Path) -> None:
    path = _archive(tmp_path / "many.zip", **{f"a{number}": b"text" for number in range(30)})
    shown = invoke("inspect", "--most", 3, path).out
    assert "... and 27 more" in shown
    assert '"a2"' in shown
    assert '"a3"' not in shown


def test_names_do_not_drive_the_terminal(invoke: Invoke, tmp_path: Path) -> None:
    path = _archive(tmp_path / "odd.zip", **{"a\x1b[31m": b"text"})
    assert "\x1b" not in invoke("inspect", path).out


def test_what_cannot_be_read_is_told(invoke: Invoke, torn: Path, tmp_path: Path) -> None:
    assert invoke("inspect", torn).code == 2
    assert invoke("inspect", tmp_path / "none").code == 2
    unknown = tmp_path / "notes"
    unknown.write_bytes(b"\x01\x02\x03\x00")
    assert invoke("inspect", unknown).code == 3
