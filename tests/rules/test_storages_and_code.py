"""How bad it is: code by what it reaches, storages by what a loader makes of them."""

from __future__ import annotations

import pytest

from modelassay.core.facts import Fact
from modelassay.core.findings import Severity
from modelassay.core.notation_reader import read
from modelassay.rules import BY_ID
from modelassay.rules.base import Match, Subject


def judge(rule: str, *lines: str, format: str | None = None) -> list[Match]:
    facts: list[Fact] = [read(line) for line in lines]
    return list(BY_ID[rule].load().check(Subject(facts, format)))


@pytest.mark.parametrize(
    ("references", "severity"),
    [
        ("", Severity.MEDIUM),
        ("print() numpy.array() x.mean()", Severity.MEDIUM),
        ("os.path.join()", Severity.MEDIUM),
        ("getattr()", Severity.MEDIUM),
        ("eval()", Severity.CRITICAL),
        ("builtins.exec()", Severity.CRITICAL),
        ("os.system()", Severity.CRITICAL),
        ("subprocess.Popen", Severity.CRITICAL),
        ("numpy.array() os.popen()", Severity.CRITICAL),
        ("socket.socket()", Severity.HIGH),
        ("ctypes.CDLL()", Severity.HIGH),
        ("pickle.loads()", Severity.HIGH),
        ("open()", Severity.HIGH),
        ("f.__globals__.get()", Severity.HIGH),
    ],
)
def test_code_is_as_bad_as_what_it_reaches(references: str, severity: Severity) -> None:
    (match,) = judge("code-by-value", f'code python "f" {references}'.rstrip())
    assert match.severity == severity


def test_code_says_what_it_reaches() -> None:
    (match,) = judge("code-by-value", 'code python "f" print() os.system()')
    assert "os.system" in match.message
    assert "print" not in match.message


def test_ids_of_the_first_torch_are_ordinary_in_its_files_alone() -> None:
    assert judge("persistent-id", 'lookup persid("94") @op 1')
    assert not judge("persistent-id", 'lookup persid("94") @op 1', format="pytorch-tar")
    assert judge("persistent-id", 'lookup persid("../x") @op 1', format="pytorch-tar")


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("storage-size", Severity.HIGH),
        ("storage-missing", Severity.MEDIUM),
        ("legacy-header", Severity.MEDIUM),
        ("storage-unclaimed", Severity.LOW),
        ("legacy-trailing-bytes", Severity.LOW),
    ],
)
def test_storages_are_as_bad_as_what_a_loader_makes_of_them(kind: str, severity: Severity) -> None:
    (match,) = judge("storage-mismatch", f'anomaly {kind} "m" @5')
    assert match.severity == severity


@pytest.mark.parametrize("name", ["..", "", "a/b.npy", "C:\\\\x.npy", "/x", "..\\\\x"])
def test_arrays_outside(name: str) -> None:
    assert judge("external-array", f'reference array-file "{name}"')


@pytest.mark.parametrize("name", ["model_01.npy", "..model.npy", "a b.npy"])
def test_arrays_beside(name: str) -> None:
    assert not judge("external-array", f'reference array-file "{name}"')
