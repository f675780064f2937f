"""A real package with an entry point, installed into a folder, brings a format and a rule."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = {
    "acme_assay/__init__.py": """\
from modelassay.formats import Entry as Format
from modelassay.formats.probes import magic
from modelassay.rules import Entry as Rule

FORMATS = (Format("acme", "Acme model", "acme", magic(b"ACME"), (".acme",), package="acme_assay"),)
RULES = (Rule("acme-shell", ("reference",), package="acme_assay"),)
""",
    "acme_assay/acme.py": '''\
"""Acme models: the magic, then the command the loader runs."""
from modelassay.core.facts import Location, Reference


def identify(blob):
    return blob.head(4) == b"ACME"


def parse(source):
    yield Reference(target=source.blob.read_at(4, 100).decode(), role="acme", at=Location(4))
''',
    "acme_assay/acme_shell.py": '''\
"""A command that Acme's loader runs.

What
----
It runs it.

Why
---
It can.

Remediation
-----------
Do not.

References
----------
- none
"""
from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule

RULE = Rule(id="acme-shell", title="A command", severity=Severity.HIGH, remediation="Do not.",
            fires=(), silent=())


def check(subject):
    for fact in subject.of(Reference):
        if fact.role == "acme":
            yield Match(f"it runs {fact.target}", (fact,))
''',
    "acme_assay-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-assay\nVersion: 1\n",
    "acme_assay-1.dist-info/entry_points.txt": "[modelassay.plugins]\nacme = acme_assay\n",
    "broken-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: broken\nVersion: 1\n",
    "broken-1.dist-info/entry_points.txt": "[modelassay.plugins]\nbroken = no_such_module\n",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name, text in PACKAGE.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "model.acme").write_bytes(b"ACMErm -rf x")
    return folder


def _run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "modelassay", *arguments]
    return subprocess.run(
        command, cwd=installed, env=environment, capture_output=True, text=True, check=False
    )


def test_a_plugin_that_is_named_finds_what_it_is_for(installed: Path) -> None:
    ran = _run(installed, "scan", "model.acme", "--plugin", "acme")
    assert ran.returncode == 1, ran.stderr
    assert "it runs rm -rf x" in ran.stdout and "acme-shell" in ran.stdout


def test_a_plugin_that_is_not_named_is_not_loaded(installed: Path) -> None:
    ran = _run(installed, "scan", "model.acme")
    assert ran.returncode != 1 and "acme-shell" not in ran.stdout


def test_lists_and_pages_have_what_it_adds(installed: Path) -> None:
    assert "acme-shell" in _run(installed, "--plugin", "acme", "rules").stdout
    assert "Acme model" in _run(installed, "--plugin", "acme", "formats").stdout
    assert "It runs it." in _run(installed, "--plugin", "acme", "explain", "acme-shell").stdout
    assert _run(installed, "explain", "acme-shell").returncode == 4


@pytest.mark.parametrize(("name", "told"), [("nobody", "acme, broken"), ("broken", "no_such")])
def test_a_plugin_that_cannot_be_used_is_told(installed: Path, name: str, told: str) -> None:
    ran = _run(installed, "scan", "model.acme", "--plugin", name)
    assert ran.returncode == 2 and told in ran.stderr


@pytest.mark.parametrize("kind", ["formats", "rules"])
def test_an_id_that_is_taken_is_refused(kind: str) -> None:
    from importlib import import_module

    module = import_module(f"modelassay.{kind}")
    entry = next(iter(module.BY_ID.values()))
    with pytest.raises(ValueError, match="already"):
        module.add(entry)
