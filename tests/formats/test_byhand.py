"""The commands a finding offers show the place, whatever the file is called."""

from __future__ import annotations

import hashlib
import pickle
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.formats import BY_ID
from modelassay.formats.byhand import BARE, LOADERS, is_model, loaders_of, steps

DATA = Path(__file__).resolve().parents[1] / "data"
HOSTILE = b"cposix\nsystem\n(S'id'\ntR."


def _run(command: str, folder: Path) -> str:
    """Run a command as a person would, with the tools a machine may lack written out in Python."""
    tools = {
        "unzip": 'unzip() { "%s" -c "import sys,zipfile;'
        'sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[2]).read(sys.argv[3]))" "$@"; }',
        "python3": 'python3() { "%s" "$@"; }',
    }
    known = "\n".join(text % sys.executable for text in tools.values())
    done = subprocess.run(
        ["/bin/sh", "-c", f"{known}\n{command}"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "name", ["a.zip", "two words.zip", "it's; touch hacked;'.zip", "$(id).zip"]
)
def test_the_commands_lead_to_the_pickle_in_an_archive(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("in side/evil!.pkl", HOSTILE)
    found = next(f for f in scan(tmp_path / name).findings if f.rule == "command-execution")
    *prepare, look, _ = found.verify
    for command in prepare:
        _run(command.replace(str(tmp_path) + "/", ""), tmp_path)
    assert "posix system" in _run(look, tmp_path)
    assert not (tmp_path / "hacked").exists()


def test_a_name_a_terminal_would_act_on_gets_no_command() -> None:
    assert steps("evil\x1b[2J.pkl", {}.get) == ()
    assert steps("a.zip!in\nside.pkl", {"a.zip": "zip"}.get) == ()
    assert steps("--use-compress-program=id", {}.get) == ()


def test_what_no_common_tool_reaches_is_left_to_inspect() -> None:
    made = steps("a.gguf!template", {"a.gguf": "gguf"}.get)
    assert made == ("modelassay inspect a.gguf",)


def test_a_place_is_shown_by_its_offset() -> None:
    assert steps("a b", {}.get, 17)[-1] == f"xxd -s 17 -l 96 {shlex.quote('a b')}"


def test_the_hash_of_a_finding_is_that_of_its_artifact(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(HOSTILE)
    report = scan(tmp_path / "a.pkl")
    assert {f.sha256 for f in report.findings} == {report.artifacts[0].sha256}
    assert report.findings[0].loaders == LOADERS["pickle"]


def test_a_large_member_with_a_finding_has_its_hash_too(tmp_path: Path) -> None:
    data = HOSTILE[:-1] + b"0X" + (2 << 20).to_bytes(4, "little") + bytes(2 << 20) + b"."
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("evil.pkl", data)
        archive.writestr("quiet.pkl", b"\x80\x04X" + data[-(2 << 20) - 5 : -1] + b".")
    report = scan(tmp_path / "a.zip")
    digest = hashlib.sha256(data).hexdigest()
    assert {f.sha256 for f in report.findings if f.artifact.endswith("evil.pkl")} == {digest}
    known = {one.path.rpartition("!")[2]: one.sha256 for one in report.artifacts}
    assert known["evil.pkl"] == digest and known["quiet.pkl"] is None


def test_every_format_has_loaders_or_is_known_to_have_none() -> None:
    assert LOADERS.keys() | BARE == BY_ID.keys()
    assert not LOADERS.keys() & BARE


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_there_is_a_way_to_look_at_every_format(name: str) -> None:
    assert [one for one in steps("a b", {"a b": name}.get) if "'a b'" in one]


@pytest.mark.parametrize(
    "name",
    ["torch-2.13.0/state.pt", "tensorflow-2.21.0", "joblib-1.6.0", "torchscript-2.13.0"],
)
def test_what_is_read_more_exactly_keeps_its_loaders(name: str) -> None:
    told = {one.format for one in scan(DATA / name).artifacts if "!" not in one.path}
    models = {one for one in told if is_model(one)}
    assert models and all(loaders_of(one) for one in models)
    assert not {
        one
        for one in told - models
        if one and one.startswith(("joblib", "torch", "tensorflow-g", "tensorflow-s"))
    }


def test_disassembling_a_clean_pickle_by_hand_runs(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    (look,) = steps("a.pkl", {"a.pkl": "pickle"}.get)
    assert "STOP" in _run(look, tmp_path)
