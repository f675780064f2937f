"""The example models are what their script makes, and say what the README shows."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from modelassay import scan

HERE = Path(__file__).parent.parent / "examples"
# Not imported: what Python would keep of the script beside it is scanned with the examples.
EXAMPLES = runpy.run_path(str(HERE / "make.py"))["EXAMPLES"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_what_the_script_makes(name: str) -> None:
    assert (HERE / name).read_bytes() == EXAMPLES[name](), "refresh with: make examples"


@pytest.mark.parametrize(
    ("name", "verdict", "complete"),
    [
        ("clean.pt", "clean", True),
        ("prints.pkl", "malicious", True),
        ("broken.pkl", "malicious", False),
    ],
)
def test_what_it_says(name: str, verdict: str, complete: bool) -> None:
    report = scan(HERE / name)
    assert (report.verdict, report.complete) == (verdict, complete)
    assert report.errors == []
