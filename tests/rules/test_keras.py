"""What whole Keras models are reported as."""

from __future__ import annotations

import base64
import io
import json
import marshal
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.formats.exploring import archive
from tests.helpers.events import PAYLOAD
from tests.helpers.hdf5 import Made, external_link, note
from tests.helpers.scanning import rules_of, scan_bytes

DATA = Path(__file__).parents[1] / "data"
MODELS = sorted(DATA.glob("keras-*/*"))
METADATA = b'{"keras_version": "3.9.0", "date_saved": "2026-01-01@00:00:00"}'
QUIET = {"keras-custom-object"}


def encoded(source: str) -> str:
    code = compile(source, "x", "eval").co_consts[0]
    return base64.encodebytes(marshal.dumps(code)).decode()


def entry(class_name: str, config: Any, module: str | None = "keras.layers", **more: Any) -> Any:
    return {"module": module, "class_name": class_name, "config": config, **more}


def function(module: str, name: str) -> Any:
    return entry("function", name, module, registered_name=name)


def model(*layers: Any) -> Any:
    return entry("Sequential", {"name": "m", "layers": list(layers)}, "keras")


def keras(value: Any, **members: bytes) -> bytes:
    text = json.dumps(value).encode()
    weights = {"model.weights.h5": Made().finish()}
    return archive({"metadata.json": METADATA, "config.json": text, **weights, **members})


def legacy(value: Any) -> bytes:
    return Made().finish(note("model_config", json.dumps(value).encode()))


def lambda_layer(source: str) -> Any:
    code = {"code": encoded(source), "defaults": None, "closure": None}
    return entry("Lambda", {"name": "l", "function": entry("__lambda__", code, None)})


def calling(called: Any, **arguments: Any) -> Any:
    return entry("Lambda", {"name": "l", "function": called, "arguments": arguments})


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_keras_writes_is_clean(path: Path) -> None:
    report = scan_bytes(path.read_bytes(), path.name)
    worst = {one.severity.value for one in report.findings}
    assert report.complete
    if path.name.startswith("lambda"):
        assert set(rules_of(report)) == {"keras-lambda", "code-by-value"}
        assert worst == {"medium"}
    else:
        assert set(rules_of(report)) <= QUIET
        assert worst <= {"low"}
        assert bool(worst) == path.name.startswith("custom")


DENSE = entry("Dense", {"name": "d", "units": 2})
HOSTILE: dict[str, tuple[Any, str, str]] = {
    "command in a lambda": (
        lambda_layer("lambda x: __import__('os').system('echo inert')"),
        "code-by-value",
        "critical",
    ),
    "plain lambda": (lambda_layer("lambda x: x + 1"), "keras-lambda", "medium"),
    "unreadable lambda": (
        calling(entry("__lambda__", {"code": "????"}, None)),
        "keras-lambda",
        "high",
    ),
    "command": (calling(function("os", "system")), "keras-module-import", "critical"),
    "class of a process": (entry("Popen", {}, "subprocess"), "keras-module-import", "critical"),
    "eval": (calling(function("builtins", "eval")), "keras-module-import", "critical"),
    "module nobody knows": (entry("Net", {}, "acme.nets"), "keras-module-import", "medium"),
    "download": (
        calling(function("keras.utils", "get_file"), origin="http://example.org/x"),
        "keras-gadget",
        "critical",
    ),
    "another model": (calling(function("keras.models", "load_model")), "keras-gadget", "critical"),
    "the module of a gadget": (
        calling(function("keras.src.utils.file_utils", "anything")),
        "keras-gadget",
        "critical",
    ),
    "download by a dotted name": (
        calling(function("keras", "utils.get_file")),
        "keras-gadget",
        "critical",
    ),
    "honest name elsewhere": (
        calling(function("keras.src.somewhere", "dot")),
        "keras-gadget",
        "medium",
    ),
    "operation": (
        entry("TFOpLambda", {"name": "x", "function": "io.read_file"}),
        "keras-gadget",
        "high",
    ),
    "operation by its node": (
        entry("TensorFlowOpLayer", {"name": "x", "node_def": '{"op": "WriteFile"}'}),
        "keras-gadget",
        "high",
    ),
    "switch": (
        calling(function("keras.config", "enable_unsafe_deserialization")),
        "keras-unsafe-switch",
        "critical",
    ),
    "switch behind the switch": (
        calling(function("keras.src.backend.common.global_state", "set_global_attribute")),
        "keras-unsafe-switch",
        "critical",
    ),
    "other model": (
        entry("TFSMLayer", {"name": "t", "filepath": "/tmp/m"}),
        "keras-external-model",
        "critical",
    ),
    "other model beside": (
        entry("TFSMLayer", {"name": "t", "filepath": "m"}),
        "keras-external-model",
        "high",
    ),
    "vocabulary elsewhere": (
        entry("TextVectorization", {"name": "t", "vocabulary": "http://169.254.169.254/x"}),
        "keras-path",
        "high",
    ),
    "vocabulary of the machine": (
        entry("StringLookup", {"name": "t", "vocabulary": "/etc/passwd"}),
        "keras-path",
        "high",
    ),
    "name that climbs": (entry("Dense", {"name": "../../x"}), "keras-path", "high"),
    "class of the loader": (
        entry("Foo", {"name": "f"}, None, registered_name="p>Foo"),
        "keras-custom-object",
        "medium",
    ),
    "pickle": (
        entry("TorchModuleWrapper", {"module": base64.b64encode(PAYLOAD).decode()}),
        "",
        "",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", [keras, legacy], ids=["archive", "legacy"])
def test_hostile_layers_are_told(name: str, form: Any) -> None:
    inner, rule, severity = HOSTILE[name]
    report = scan_bytes(form(model(DENSE, inner)))
    assert report.complete
    if not rule:
        assert any(one.format == "pickle" for one in report.artifacts)
        return
    assert rules_of(report).get(rule) == severity


def test_a_plain_model_of_either_form_is_clean() -> None:
    for form in (keras, legacy):
        report = scan_bytes(form(model(DENSE)))
        assert rules_of(report) == {}
        assert report.complete


def test_functions_and_classes_of_keras_are_silent() -> None:
    plain = [
        calling(function("keras.ops", "relu")),
        entry("Adam", {}, "keras.optimizers"),
        function("builtins", "mse"),
        entry("Custom>Adam", {}, None),
        entry("Functional", {}, "keras.src.models.functional"),
        entry("TFOpLambda", {"function": "math.add"}),
        entry("Dense", {}, "tf_keras.src.layers.core.dense"),
    ]
    assert rules_of(scan_bytes(keras(model(*plain)))) == {}


def test_weights_and_assets_are_scanned() -> None:
    weights = Made().finish(external_link("w", "/etc/passwd"))
    members = {"model.weights.h5": weights, "assets/x.pkl": PAYLOAD}
    report = scan_bytes(keras(model(DENSE), **members))
    assert rules_of(report)["hdf5-external"] == "high"
    assert any(one.path.endswith("!assets/x.pkl") for one in report.artifacts)
    assert {one.format for one in report.artifacts} >= {"keras", "keras-config", "hdf5", "pickle"}


def test_a_decoy_beside_the_configuration_changes_nothing() -> None:
    text = json.dumps(model(HOSTILE["command"][0])).encode()
    for other in ("model_config0", "model_config1"):
        data = Made().finish(note(other, b"{}"), note("model_config", text), note(other, b"["))
        assert rules_of(scan_bytes(data))["keras-module-import"] == "critical"


def test_a_configuration_in_parts_is_put_together() -> None:
    text = json.dumps(model(HOSTILE["command"][0])).encode()
    data = Made().finish(note("model_config0", text[:99]), note("model_config1", text[99:]))
    assert rules_of(scan_bytes(data))["keras-module-import"] == "critical"


def test_a_second_configuration_under_the_same_name_is_read() -> None:
    data = keras(model(DENSE))
    hostile = json.dumps(model(HOSTILE["command"][0])).encode()
    assert "keras-module-import" not in rules_of(scan_bytes(data))
    buffer = io.BytesIO(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "a") as file:
            file.writestr("config.json", hostile)
    assert rules_of(scan_bytes(buffer.getvalue()))["keras-module-import"] == "critical"
