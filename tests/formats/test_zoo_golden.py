"""Files that the packages of smaller formats wrote: what is said of them, word for word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.notation import describe
from tests.formats.exploring import DATA, explore
from tests.helpers.damage import changes_are_stood, cuts_are_told

ZOO = DATA / "zoo"
FOLDERS = sorted(path for path in ZOO.iterdir() if path.is_dir())
REFRESH = "REFRESH_GOLDEN=1 pytest tests/formats/test_zoo_golden.py"
folders = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)

#: One of each: the format it is of, and the step at which it is cut.
CUT = {
    "R-4.2.2/lazy-1.rdb": ("r-lazy", 97),
    "catboost-1.2.10/words.json": ("catboost-json", 97),
    "fasttext-wheel-0.9.2/model.bin": ("fasttext", 97),
    "gensim-4.4.0/vectors.bin": ("word2vec", 7),
    "mxnet-1.9.1/sparse.params": ("mxnet-params", 29),
    "openvino-2026.4.1/model.xml": ("openvino", 47),
    "paddlepaddle-2.6.2/model.pdmodel": ("paddle", 997),
    "paddlepaddle-2.6.2/model.pdiparams": ("paddle-parameters", 7),
    "paddlepaddle-3.3.1/model.json": ("paddle", 97),
    "tensorflowjs-3.18.0/layers/model.json": ("tfjs", 197),
    "torch-model-archiver-0.12.0/m.mar": ("torchserve", 29),
    "xgboost-1.7.6/dart.model": ("xgboost-binary", 29),
    "xgboost-cpu-3.2.0/gbtree.ubj": ("xgboost", 97),
}


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def said(folder: Path) -> str:
    lines = []
    for path in files(folder):
        for artifact in explore(path).walk():
            name = path.relative_to(folder).as_posix() + artifact.path.removeprefix(path.name)
            lines.append(f"{name}: {' '.join(artifact.formats)}")
            lines += [f"  {describe(fact)}" for fact in artifact.facts]
            lines += [f"  skipped {size} {reason}" for reason, size in artifact.skipped.items()]
            lines += [f"  incomplete {reason}" for reason in artifact.incomplete]
    return "\n".join(lines) + "\n"


@folders
def test_what_is_said(folder: Path) -> None:
    golden = folder.with_name(folder.name + ".facts")
    if os.environ.get("REFRESH_GOLDEN"):
        golden.write_text(said(folder), "utf-8")
    assert said(folder) == golden.read_text("utf-8"), f"if this is meant: {REFRESH}"


@folders
def test_they_are_silent_and_complete(folder: Path) -> None:
    assert files(folder)
    report = scan(folder)
    assert [(one.rule, one.artifact) for one in report.findings] == []
    assert report.complete
    assert all(one.status == "scanned" for one in report.artifacts)


@pytest.mark.parametrize("name", CUT)
def test_damage(name: str) -> None:
    data = (ZOO / name).read_bytes()
    kind, step = CUT[name]
    if kind != "r-lazy":  # cut between two values, a database is one of fewer
        cuts_are_told(data, kind, step)
    changes_are_stood(data, 60)
