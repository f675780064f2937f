"""Repositories made by the real libraries: silent, complete, and told what loading them takes."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from modelassay.reports import View
from modelassay.reports.json import render as render_json
from modelassay.reports.text import render as render_text
from tests.helpers.folders import GOLDEN, copy, grave, repository, scanned

KINDS = {
    "adapter": "huggingface-repository",
    "checkpoint": "huggingface-repository",
    "diffusers": "huggingface-repository",
    "llama": "huggingface-repository",
    "own_code": "huggingface-repository",
    "sentence": "huggingface-repository",
    "sharded": "huggingface-repository",
    "keras_folder": "keras-folder",
    "mlflow_code": "mlflow-repository",
    "mlflow_loader": "mlflow-repository",
    "mlflow_sklearn": "mlflow-repository",
    "spacy": "spacy-pipeline",
}
#: Of each repository a call, files it takes, and what it runs.
LOADING = [
    ("adapter", "PeftModel.from_pretrained", "adapter_model.safetensors", ()),
    ("checkpoint", "from_pretrained", "model.safetensors", ()),
    ("checkpoint", "Trainer.train(resume_from_checkpoint=...)", "training_args.bin", ()),
    (
        "diffusers",
        "DiffusionPipeline.from_pretrained",
        "unet/diffusion_pytorch_model.safetensors",
        (),
    ),
    ("llama", "from_pretrained", "chat_template.jinja", ()),
    ("own_code", "from_pretrained", "model.safetensors", ()),
    (
        "own_code",
        "from_pretrained(trust_remote_code=True)",
        "model.safetensors",
        ("configuration_tiny.py", "modeling_tiny.py"),
    ),
    ("sentence", "SentenceTransformer", "model.safetensors", ()),
    ("sharded", "from_pretrained", "model-00002-of-00002.safetensors", ()),
    ("keras_folder", "keras.models.load_model", "model.weights.h5", ()),
    (
        "mlflow_code",
        "mlflow.pyfunc.load_model",
        "artifacts/words.txt",
        ("code/helpers/__init__.py", "code/helpers/scale.py", "agent.py"),
    ),
    ("mlflow_loader", "mlflow.pyfunc.load_model", "data/table", ("code/my_loader.py",)),
    ("mlflow_sklearn", "mlflow.pyfunc.load_model", "model.skops", ()),
    ("spacy", "spacy.load", "config.cfg", ()),
]


def test_every_golden_repository_is_tried() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(KINDS)


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_an_honest_repository_is_silent_and_complete(name: str, kind: str) -> None:
    report = scanned(GOLDEN / name)
    assert repository(report, GOLDEN / name).format == kind
    assert report.complete
    assert grave(report) == []


@pytest.mark.parametrize(("name", "call", "takes", "runs"), LOADING)
def test_what_loading_takes_and_runs(
    name: str, call: str, takes: str, runs: tuple[str, ...]
) -> None:
    artifact = repository(scanned(GOLDEN / name), GOLDEN / name)
    found = next(one for one in artifact.loading if one.call == call)
    assert takes in found.takes
    assert set(runs) <= set(found.runs)
    assert runs or not [name for name in found.runs if name.endswith(".py")]


def test_a_loader_takes_safetensors_and_leaves_pickles(tmp_path: Path) -> None:
    root = copy("llama", tmp_path)
    shutil.copy(GOLDEN / "checkpoint" / "optimizer.pt", root / "pytorch_model.bin")
    loading = repository(scanned(root), root).loading[0]
    assert "model.safetensors" in loading.takes
    assert loading.leaves == ("pytorch_model.bin",)


def test_the_reports_tell_of_loading() -> None:
    report = scanned(GOLDEN / "own_code")
    text = render_text(report, View(False)).decode()
    told = text[text.index("LOADING") :]
    assert "from_pretrained(trust_remote_code=True)" in told
    assert "configuration_tiny.py, modeling_tiny.py" in told
    assert "nothing" in told
    artifacts = json.loads(render_json(report, View(False)))["artifacts"]
    loading = next(one["loading"] for one in artifacts if one["format"].endswith("repository"))
    assert loading[1]["runs"] == ["configuration_tiny.py", "modeling_tiny.py"]


def test_a_file_alone_is_no_repository() -> None:
    report = scanned(GOLDEN / "own_code" / "config.json")
    assert [one.format for one in report.artifacts] == ["hf-config"]


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_a_repository_in_an_archive(tmp_path: Path, form: str) -> None:
    archive = tmp_path / f"model.{form}"
    if form == "zip":
        with zipfile.ZipFile(archive, "w") as made:
            for path in sorted((GOLDEN / "own_code").iterdir()):
                made.write(path, f"tiny/{path.name}")
    else:
        with tarfile.open(archive, "w") as packed:
            packed.add(GOLDEN / "own_code", "tiny")
    report = scanned(archive)
    found = next(one for one in report.artifacts if one.format == "huggingface-repository")
    assert found.path == f"{archive}!tiny"
    assert "modeling_tiny.py" in found.loading[-1].runs
    assert grave(report) == []
