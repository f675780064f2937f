"""Triton, spaCy, Rasa, BentoML, MediaPipe, MOJO, and tables of data."""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path

import pytest

from modelassay.core.facts import Reference
from tests.formats.exploring import archive, explore
from tests.helpers.scanning import rules_of, scan_bytes

DATA = Path(__file__).parent.parent / "data"
GRAPH = DATA / "mediapipe-0.1.1675465747" / "selfie_segmentation.binarypb"
SPACY = DATA / "spacy-3.8.18" / "config.cfg"
BENTOML = DATA / "bentoml-1.4.39"
TABLES = sorted((DATA / "pyarrow-26.0.1").iterdir())

TRITON = b"""# a model
name: "m"
backend: "onnxruntime"
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ 3, -1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] label_filename: "labels.txt" } ]
instance_group [ { count: 1 kind: KIND_CPU } ]
dynamic_batching { preferred_batch_size: [ 4, 8 ] }
parameters: { key: "cudnn" value: { string_value: "1" } }
"""
BENTO = b"""name: m
version: abc
module: bentoml.sklearn
api_version: v1
labels: {}
options: {}
metadata: {}
context: {framework_name: sklearn, bentoml_version: 1.4.0}
signatures: {predict: {batchable: false}}
"""
SERVICE = b"""service: service:svc
name: s
version: abc
bentoml_version: 1.4.0
docker: {distro: debian, setup_script: null}
python: {requirements_txt: ./requirements.txt, index_url: null}
"""
RASA = {
    "trained_at": "2024",
    "rasa_open_source_version": "3.6",
    "train_schema": {"nodes": {}},
    "predict_schema": {"nodes": {"p": {"needs": {}, "uses": "rasa.core.policies.ted.TEDPolicy"}}},
}


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("print('inert')",)


def _silent(data: bytes, name: str, format: str) -> None:
    report = scan_bytes(data, name)
    assert report.artifacts[0].format == format
    assert report.complete
    assert [one.message for one in report.findings] == []


@pytest.mark.parametrize(
    ("data", "name", "format"),
    [
        (TRITON, "config.pbtxt", "triton"),
        (SPACY.read_bytes(), "config.cfg", "spacy-config"),
        (BENTO, "model.yaml", "bento"),
        (SERVICE, "bento.yaml", "bento"),
        ((BENTOML / "model.yaml").read_bytes(), "model.yaml", "bento"),
        (json.dumps(RASA).encode(), "metadata.json", "rasa"),
        (GRAPH.read_bytes(), "selfie_segmentation.binarypb", "mediapipe"),
        *((path.read_bytes(), path.name, "columnar") for path in TABLES),
    ],
)
def test_honest_files_are_silent_and_complete(data: bytes, name: str, format: str) -> None:
    _silent(data, name, format)


def test_triton_in_one_line() -> None:
    text = 'name:"x" backend:"python" model_operations{op_library_filename:"/tmp/x.so"}'
    report = scan_bytes(text.encode(), "config.pbtxt")
    assert rules_of(report) == {"served-model": "high"}


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        (b'"onnxruntime"', b'"python"', "low"),
        (b'"onnxruntime"', b'"acme"', "medium"),
        (b'"onnxruntime"', b'"../../tmp/x"', "high"),
        (b"max_batch_size: 8", b'default_model_filename: "../../../x.onnx"', "high"),
        (b"max_batch_size: 8", b'default_model_filename: "/etc/x"', "high"),
        (b"max_batch_size: 8", b'cc_model_filenames { key: "7.5" value: "../x" }', "high"),
        (b"max_batch_size: 8", b'model_operations { op_library_filename: ["libx.so"] }', "medium"),
        (b"max_batch_size: 8", b"model_operations < op_library_filename: '/x.so' >", "high"),
        (
            b"max_batch_size: 8",
            b'model_repository_agents { agents [ { name: "acme" } ] }',
            "medium",
        ),
        (b"max_batch_size: 8", b'runtime: "../libtriton_x.so"', "high"),
        (
            b"max_batch_size: 8",
            b'model_warmup [ { inputs { key: "x" value: '
            b'{ input_data_file: "../../../etc/x" } } } ]',
            "high",
        ),
        (
            b'"cudnn" value: { string_value: "1" }',
            b'"EXECUTION_ENV_PATH" value: { string_value: "$$TRITON_MODEL_DIRECTORY/e.tar.gz" }',
            "low",
        ),
        (
            b'"cudnn" value: { string_value: "1" }',
            b'"EXECUTION_ENV_PATH" value: { string_value: "/tmp/e.tar.gz" }',
            "high",
        ),
        (b'"onnxruntime"', b"\"py\" 'thon'", "low"),
    ],
)
def test_triton(old: bytes, new: bytes, severity: str) -> None:
    data = TRITON.replace(old, new)
    assert data != TRITON
    assert rules_of(scan_bytes(data, "config.pbtxt")) == {"served-model": severity}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"spacy.Tok2Vec.v2"', '"acme.Tok2Vec.v1"'),
        ('factory = "ner"', 'factory = "acme_ner"'),
        ('factory = "ner"', "factory = 'acme_ner'"),
        ('factory = "ner"', 'source = "/srv/other"'),
        ('factory = "ner"', 'source = "../other"'),
        ("[nlp]", '[nlp]\n\n[nlp.before_creation]\n@callbacks = "acme.run.v1"\n\n[nlp]'),
    ],
)
def test_spacy(old: str, new: str) -> None:
    data = SPACY.read_text().replace(old, new)
    assert data != SPACY.read_text()
    assert rules_of(scan_bytes(data.encode(), "config.cfg")) == {"registered-function": "medium"}


def test_a_template_of_a_pipeline_is_none() -> None:
    text = (
        "{% if spaces %}\n" + SPACY.read_text().replace('"ner"', '"{{ pipe }}"') + "\n{% endif %}\n"
    )
    report = scan_bytes(text.encode(), "quickstart_training.jinja")
    assert report.artifacts[0].format != "spacy-config"
    assert report.findings == []


def test_an_exported_model_of_bentoml_is_silent_and_complete() -> None:
    report = scan_bytes((BENTOML / "m.bentomodel").read_bytes(), "m.bentomodel")
    assert "bento" in {one.format for one in report.artifacts}
    assert report.complete
    assert [one.message for one in report.findings] == []


def test_bento() -> None:
    evil = BENTO.replace(b"bentoml.sklearn", b"acme.loader")
    assert rules_of(scan_bytes(evil)) == {"bento-loader": "high"}
    for old, new, expected in (
        (b"setup_script: null", b"setup_script: ./x.sh", {"bento-loader": "low"}),
        (b"setup_script: null", b"dockerfile_template: /etc/x", {"bento-loader": "medium"}),
        (b"index_url: null", b"index_url: 'http://x.example/'", {"dependency-source": "high"}),
        (b"index_url: null", b"trusted_host: [x.example]", {"dependency-source": "medium"}),
    ):
        assert rules_of(scan_bytes(SERVICE.replace(old, new))) == expected, new


def test_rasa() -> None:
    node = RASA["predict_schema"]["nodes"]["p"]  # type: ignore[index]
    for uses, severity in (("os.system", "critical"), ("acme.Policy", "medium")):
        evil = {**RASA, "train_schema": {"nodes": {"a": {**node, "uses": uses}}}}
        assert rules_of(scan_bytes(json.dumps(evil).encode())) == {"config-target": severity}


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def _node(path: bytes) -> bytes:
    options = _field(8, _field(1, b"type.googleapis.com/x.Y") + _field(2, _field(1, path)))
    return _field(1, _field(2, b"InferenceCalculator") + _field(3, b"IN:in") + options)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (_node(b"mediapipe/models/a.tflite"), {}),
        (_node(b"/etc/passwd"), {"calculator-file": "medium"}),
        (_node(b"../../a.tflite"), {"calculator-file": "medium"}),
        (_node(b"https://x.example/a.tflite"), {"calculator-file": "medium"}),
        (
            _node(b"a.tflite") + b"\x92\1" + b"\6" + _field(9, b"/x/y"),
            {"calculator-file": "medium"},
        ),
    ],
)
def test_graphs_of_mediapipe(graph: bytes, expected: dict[str, str]) -> None:
    report = scan_bytes(graph, "g.binarypb")
    assert report.artifacts[0].format == "mediapipe"
    assert report.complete
    assert rules_of(report) == expected


def test_calculators_are_told() -> None:
    found = explore(GRAPH).of(Reference)
    names = [one.target for one in found if one.role == "calculator"]
    assert "SelfieSegmentationGpu" in names
    assert "GlScalerCalculator" in names


def test_task_bundles_are_read_member_by_member() -> None:
    bundle = archive(
        {"a.tflite": b"\x1c\0\0\0TFL3" + bytes(64), "b.task": archive({"c.txt": b"x"})}
    )
    report = scan_bytes(bundle, "m.task")
    assert report.artifacts[0].format == "mediapipe-task"
    evil = archive({"a.tflite": b"\x1c\0\0\0TFL3" + bytes(64), "x.txt": pickle.dumps(Evil())})
    assert rules_of(scan_bytes(evil, "m.task"))["code-execution"] == "critical"


INI = b"[info]\nalgorithm = gbm\nn_columns = 1\nmojo_version = 1.40\n\n[columns]\nx\n\n[domains]\n"


@pytest.mark.parametrize("name", ["gbm.zip", "glm.zip"])
def test_models_of_h2o_are_silent_and_complete(name: str) -> None:
    _silent((DATA / "h2o-3.44.0.3" / name).read_bytes(), name, "mojo")


def test_mojo() -> None:
    members = {
        "model.ini": INI,
        "domains/d000.txt": b"a\nb\n",
        "trees/t00_000.bin": b"\0\1\2\xff" * 9,
    }
    _silent(archive(members), "m.zip", "mojo")
    evil = archive({**members, "experimental/modelDetails.json": pickle.dumps(Evil())})
    assert rules_of(scan_bytes(evil, "m.zip"))["code-execution"] == "critical"
    evil = archive({**members, "trees/t00_000.bin": pickle.dumps(Evil())})
    assert rules_of(scan_bytes(evil, "m.zip"))["code-execution"] == "critical"


PARQUET = next(path for path in TABLES if path.suffix == ".parquet").read_bytes()


def test_pickled_column_types() -> None:
    schema = b"\0\0arrow.py_extension_type\0" + pickle.dumps(Evil())
    footer = b"ARROW:schema\0" + base64.b64encode(schema) + b"\0created_by"
    data = b"PAR1" + bytes(20) + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    found = rules_of(scan_bytes(data, "a.parquet"))
    assert found["pickled-column"] == "high"
    assert found["code-execution"] == "critical"
    arrow = b"ARROW1\0\0" + schema + b"x" * 9 + b"\4\0\0\0ARROW1"
    assert rules_of(scan_bytes(arrow, "a.arrow"))["pickled-column"] == "high"


def test_what_stands_behind_a_table_is_read() -> None:
    report = scan_bytes(PARQUET + pickle.dumps(Evil()), "a.parquet")
    assert rules_of(report)["code-execution"] == "critical"


@pytest.mark.parametrize("size", [0, 1 << 31, 0xFFFFFFFF])
def test_a_footer_that_lies(size: int) -> None:
    report = scan_bytes(PARQUET[:-8] + size.to_bytes(4, "little") + b"PAR1", "a.parquet")
    assert not report.complete
    assert rules_of(report)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TRITON, "config.pbtxt"),
        (SPACY.read_bytes()[:600], "config.cfg"),
        (BENTO, "model.yaml"),
        (json.dumps(RASA).encode(), "metadata.json"),
        (GRAPH.read_bytes(), "g.binarypb"),
        (PARQUET, "a.parquet"),
        (archive({"model.ini": INI, "domains/d": b"a\n"}), "m.zip"),
    ],
)
def test_cut_and_changed_files_are_read(data: bytes, name: str) -> None:
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        for one in (data[:at], bytes(changed)):
            assert not scan_bytes(one, name).errors
