"""Files that honest programs save are read whole, and nothing is said of them.

Where a file needs code of a package that the catalogue does not cover, that package is named once,
at medium; where it carries code of its own, that code is shown, at medium too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay.core.findings import Severity
from tests.helpers.scanning import scan_bytes

FOLDER = Path(__file__).parents[1] / "data" / "honest"
FILES = sorted(FOLDER.iterdir())
#: Packages outside of the catalogue that these files need. Those of numba carry code.
NEEDS = {
    "geopandas": ("pyproj",),
    "jax-arrays": ("ml_dtypes",),
    "nltk-tools": ("regex",),
    "peft": ("peft",),
    "prophet": ("cmdstanpy", "stanio"),
    "scikeras": ("scikeras",),
    "shap": ("numba", "slicer"),
    "sympy": ("sympy",),
    "umap": ("numba",),
}
#: What sets a state by code that cannot be proved harmless: it is a question, asked once.
ASKED = ("torch_geometric-model",)
PACKAGES = {path.name.partition("-")[0] for path in FILES}


def test_the_files_are_there() -> None:
    assert len(FILES) > 690
    assert len(PACKAGES) > 115


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_said(path: Path) -> None:
    report = scan_bytes(path.read_bytes(), path.name)
    assert {artifact.status for artifact in report.artifacts} == {"scanned"}
    findings = [f for f in report.findings if f.severity.rank >= Severity.MEDIUM.rank]
    said = [f"{f.severity} {f.rule} {f.artifact} {f.message}" for f in findings]
    needs = next((NEEDS[stem] for stem in NEEDS if path.name.startswith(stem)), ())
    rules = {"unvouched-package", "code-by-value"} if "numba" in needs else {"unvouched-package"}
    if path.name.startswith(ASKED):
        assert [f.rule for f in findings] == ["unrecognised-class"], said
        return
    assert not findings or needs, said
    assert {f.rule for f in findings} <= rules, said
    assert all(f.severity is Severity.MEDIUM for f in findings), said
    foreign = [f for f in findings if f.rule == "unvouched-package"]
    assert all(f.message.split(":")[0].rpartition(" ")[2] in needs for f in foreign), said
    named = [(f.artifact, f.message.split(":")[0]) for f in foreign]
    assert len(named) == len(set(named)), said
