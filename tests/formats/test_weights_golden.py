"""Files that the gguf and safetensors packages wrote: what is said of them, word for word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.notation import describe
from tests.formats.exploring import DATA, explore

SAMPLES = sorted(
    path
    for folder in ("gguf-*", "safetensors-*")
    for path in DATA.glob(f"{folder}/*")
    if path.suffix != ".facts"
)
REFRESH = "REFRESH_GOLDEN=1 pytest tests/formats/test_weights_golden.py"


def said(path: Path) -> str:
    lines = []
    for artifact in explore(path).walk():
        lines.append(f"{artifact.path}: {' '.join(artifact.formats)}")
        lines += [f"  {describe(fact)}" for fact in artifact.facts]
        lines += [f"  skipped {size} {reason}" for reason, size in artifact.skipped.items()]
        lines += [f"  incomplete {reason}" for reason in artifact.incomplete]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_said(path: Path) -> None:
    golden = path.with_name(path.name + ".facts")
    if os.environ.get("REFRESH_GOLDEN"):
        golden.write_text(said(path), "utf-8")
    assert said(path) == golden.read_text("utf-8"), f"if this is meant: {REFRESH}"


def test_they_are_clean_and_complete() -> None:
    assert len(SAMPLES) >= 14
    report = scan(*SAMPLES)
    assert report.findings == []
    assert report.complete


@pytest.mark.parametrize("version", ["0.10.0", "0.19.0"])
def test_the_byte_order_makes_no_difference(version: str) -> None:
    little, big = (
        said(DATA / f"gguf-{version}" / f"{name}.gguf").splitlines()[1:]
        for name in ("plain", "big-endian")
    )
    plain = [
        line for line in big if "GGUF.byte_order" not in line and "big-endian.gguf" not in line
    ]
    assert plain == [line for line in little if "plain.gguf" not in line]
    assert len(plain) > 10
