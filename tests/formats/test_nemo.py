"""NeMo archives and the configurations that are instantiated by name."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from modelassay import Report, scan
from tests.formats.exploring import DATA

HONEST = """\
target: nemo.collections.asr.models.EncDecCTCModel
encoder:
  _target_: nemo.collections.asr.modules.ConformerEncoder
  layers: [1, 2]
optim: {_target_: torch.optim.AdamW, lr: 0.1}
dim: ${model.dim}
"""


def scanned(tmp_path: Path, config: str) -> Report:
    path = tmp_path / "model.nemo"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("./model_config.yaml")
        member.size = len(config.encode())
        archive.addfile(member, io.BytesIO(config.encode()))
    return scan(path)


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_an_honest_model_is_silent(tmp_path: Path) -> None:
    report = scanned(tmp_path, HONEST)
    assert (report.verdict, report.complete) == ("clean", True)
    assert "nemo" in {artifact.format for artifact in report.artifacts}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("a: {_target_: os.system, command: id}", "config-target"),
        ("a: {_target_: nemo.utils.os.system, command: id}", "config-target"),
        ("a: {b: [{_target_: builtins.eval}]}", "config-target"),
        ("_target_: acme.nets.Net", "config-target"),
        ("target: hydra.utils.get_method", "config-target"),
        ('a: !!python/object/apply:os.system ["id"]', "config-target"),
        ("a: {_target_: functools.partial, _args_: [x]}", "config-target"),
        ("a: {_target_: '${base}.system'}", "config-target"),
        ('a: {"\\x5ftarget_": os.system}', "config-target"),
        ('a: {"_tar\\u0067et\\U0000005f": os.system}', "config-target"),
        ("url: https://x/${oc.env:TOKEN}", "config-resolver"),
    ],
)
def test_a_hostile_line_is_found(tmp_path: Path, line: str, rule: str) -> None:
    assert rule in rules(scanned(tmp_path, HONEST + "more:\n  " + line + "\n"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_other_bytes_is_read(tmp_path: Path, encoding: str) -> None:
    """PyYAML takes UTF-16 where it is given bytes."""
    path = tmp_path / "config"
    path.write_text("a: {_target_: os.system, command: id}", encoding)
    assert "config-target" in rules(scan(path))


def test_aliases_that_multiply_are_told(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    report = scanned(tmp_path, "\n".join(lines) + "\n")
    assert "resource-exhaustion" in rules(report)


def test_a_broken_configuration_is_never_clean(tmp_path: Path) -> None:
    assert not scanned(tmp_path, HONEST + "a: [").complete
    assert not scanned(tmp_path, "[" * 5000).complete


def test_a_vocabulary_written_in_escapes_is_no_configuration(tmp_path: Path) -> None:
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps({"!": 0, "\u0120the": 262, "\u0120flavors": 26389}))
    (artifact,) = scan(str(path)).artifacts
    assert artifact.format == "text"


@pytest.mark.parametrize(
    "path", sorted(DATA.glob("nemo-*/*.nemo")), ids=lambda path: path.parent.name
)
def test_what_the_toolkit_writes(path: Path) -> None:
    """Its own class of a model is asked about, once; nothing else is said."""
    report = scan(path)
    assert report.complete
    assert [one.format for one in report.artifacts].count("hydra-config") == 1
    assert {one.format for one in report.artifacts} >= {"nemo", "pytorch-zip", "text"}
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("config-target", "medium")
    assert "__main__.Tiny" in finding.message


def test_they_are_of_two_releases() -> None:
    assert len(list(DATA.glob("nemo-*/tiny.nemo"))) == 2
