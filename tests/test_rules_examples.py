"""Every rule in the table: its metadata, its page, and that its examples are true."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from itertools import pairwise
from pathlib import Path

import pytest

from modelassay import rules
from modelassay.core.facts import KINDS
from modelassay.core.findings import Severity
from modelassay.core.notation import describe
from modelassay.core.notation_reader import read
from modelassay.rules import RULES
from modelassay.rules.base import Rule, Subject

DOCS = Path(__file__).resolve().parents[1] / "docs"
SECTIONS = ["What", "Why", "Remediation", "References"]

every_rule = pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.id)


def _facts(example: tuple[str, ...] | str) -> tuple[str, ...]:
    return (example,) if isinstance(example, str) else example


def _examples(which: str) -> list[object]:
    return [
        pytest.param(entry, _facts(example), id=f"{entry.id}-{number}")
        for entry in RULES
        for number, example in enumerate(getattr(entry.load().RULE, which))
    ]


@pytest.mark.parametrize(("entry", "example"), _examples("fires"))
def test_it_fires(entry: rules.Entry, example: tuple[str, ...]) -> None:
    facts = [read(line) for line in example]
    module = entry.load()
    matches = list(module.check(Subject(facts)))
    assert matches
    worst = module.RULE.severity.rank
    for match in matches:
        assert match.message
        assert match.facts, "a finding without a fact has no evidence"
        assert (match.severity or module.RULE.severity).rank <= worst
    listened = {KINDS[kind] for kind in entry.listens}
    assert listened & {type(fact) for fact in facts}, "the kernel would not ask this rule"


@pytest.mark.parametrize(("entry", "example"), _examples("silent"))
def test_it_is_silent(entry: rules.Entry, example: tuple[str, ...]) -> None:
    assert list(entry.load().check(Subject([read(line) for line in example]))) == []


@pytest.mark.parametrize(("entry", "example"), [*_examples("fires"), *_examples("silent")])
def test_examples_are_written_as_evidence_is(entry: rules.Entry, example: tuple[str, ...]) -> None:
    for line in example:
        assert describe(read(line)) == line


@every_rule
def test_metadata(entry: rules.Entry) -> None:
    module = entry.load()
    rule: Rule = module.RULE
    assert rule.id == entry.id
    assert module.__name__ == f"modelassay.rules.{entry.id.replace('-', '_')}"
    assert isinstance(rule.severity, Severity)
    assert rule.fires, "a rule shows what it fires on"
    assert rule.silent, "a rule shows what it is silent on"
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.remediation.endswith(".")
    assert rule.cwe is None or rule.cwe > 0
    assert rule.atlas is None or rule.atlas.startswith("AML.T")
    assert all(name.startswith(("CVE-", "GHSA-")) for name in rule.cve)
    assert set(entry.listens) <= set(KINDS)


@every_rule
def test_the_docstring_is_the_page(entry: rules.Entry) -> None:
    text = inspect.cleandoc(entry.load().__doc__ or "")
    lines = text.splitlines()
    found = [line for line, under in pairwise(lines) if under == "-" * len(line) and line]
    assert found == SECTIONS
    assert lines[0].endswith(".")
    assert "- http" in text.partition("References\n")[2], "a rule names its sources"


@every_rule
def test_the_page_exists(entry: rules.Entry) -> None:
    assert (DOCS / "rules" / f"{entry.id}.md").is_file(), "make it with: make docs"


def test_the_table_holds_every_rule_once() -> None:
    ids = [entry.id for entry in RULES]
    assert len(ids) == len(set(ids)) > 0
    modules = [
        importlib.import_module(f"modelassay.rules.{found.name}")
        for found in pkgutil.iter_modules(rules.__path__)
    ]
    defined = {module.RULE.id for module in modules if hasattr(module, "RULE")}
    assert defined == set(ids)
