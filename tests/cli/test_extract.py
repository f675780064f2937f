"""`modelassay extract`: what is hidden is written to files that nothing runs."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Ran
from tests.helpers.programs import PAYLOADS, elf
from tests.helpers.weights import safetensors

Invoke = Callable[..., Ran]


def _model(folder: Path) -> Path:
    path = folder / "model.safetensors"
    text = base64.b64encode(elf()).decode()
    path.write_bytes(safetensors({"__metadata__": {"note": text}}, b"") + PAYLOADS["zip"])
    return path


def test_all_of_it(invoke: Invoke, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    ran = invoke("extract", _model(tmp_path), "--output", folder)
    assert ran.code == 1
    written = sorted(folder.iterdir())
    assert {one.read_bytes() for one in written} == {elf(), PAYLOADS["zip"]}
    for one in written:
        assert one.suffix == ".quarantined"
        assert one.name.startswith(hashlib.sha256(one.read_bytes()).hexdigest()[:16])
        assert not stat.S_IMODE(one.stat().st_mode) & 0o333
        assert one.name in ran.out


def test_one_finding(invoke: Invoke, tmp_path: Path) -> None:
    model, folder = _model(tmp_path), tmp_path / "out"
    report = json.loads(invoke("scan", model, "--deep", "--format", "json").out)
    (finding,) = (f for f in report["findings"] if "base64" in f["message"])
    assert (
        invoke("extract", model, "--finding", finding["fingerprint"], "--output", folder).code == 1
    )
    assert [one.read_bytes() for one in folder.iterdir()] == [elf()]


def test_nothing_is_overwritten(invoke: Invoke, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    invoke("extract", _model(tmp_path), "--output", folder)
    before = {one: one.stat().st_mtime_ns for one in folder.iterdir()}
    ran = invoke("extract", _model(tmp_path), "--output", folder)
    assert ran.code == 2
    assert "cannot write" in ran.err
    assert {one: one.stat().st_mtime_ns for one in folder.iterdir()} == before


def test_an_honest_file(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors({}, b""))
    assert invoke("extract", path, "--output", tmp_path / "out").code == 0
    assert not (tmp_path / "out").exists()


def test_rules_of_a_user(invoke: Invoke, tmp_path: Path) -> None:
    path, rules = tmp_path / "model.safetensors", tmp_path / "mine.yar"
    path.write_bytes(safetensors({"__metadata__": {"note": "a peculiar word"}}, b""))
    rules.write_text(
        'rule mine { meta: author = "me" severity = "high" description = "a word"'
        ' strings: $a = "peculiar word" condition: $a }'
    )
    ran = invoke("scan", path, "--yara", rules, "--format", "json")
    assert ran.code == 1
    (finding,) = json.loads(ran.out)["findings"]
    assert finding["rule"] == "payload-signature"
    assert finding["severity"] == "high"
    assert '"author"="me"' in finding["evidence"][0]["fact"]
    assert finding["location"]["offset"] == path.read_bytes().index(b"peculiar")


def test_rules_that_are_not_sound(invoke: Invoke, tmp_path: Path) -> None:
    rules = tmp_path / "mine.yar"
    rules.write_text("rule mine {")
    ran = invoke("scan", rules, "--yara", rules)
    assert ran.code == 2
    assert "cannot take the rules" in ran.err
