"""What a configuration of Keras says: its objects, its code, where it leads."""

from __future__ import annotations

import base64
import json
import marshal
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.facts import Code, Layer, Reference
from modelassay.formats.keras import config
from modelassay.io.blob import Memory
from tests.formats.exploring import Artifact, archive, explore
from tests.helpers.events import PAYLOAD
from tests.helpers.scanning import rules_of, scan_bytes

DATA = Path(__file__).parents[2] / "data"
MODELS = sorted(DATA.glob("keras-*/*"))


def told(value: Any) -> Artifact:
    """Return what a configuration says, as a member of an archive."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    found = explore(archive({"config.json": text, "metadata.json": b"{}"}), "m.keras")
    assert found.formats == ["keras"]
    return found


def encoded(source: str) -> str:
    code = compile(source, "x", "eval").co_consts[0]
    return base64.encodebytes(marshal.dumps(code)).decode()


DOUBLE = encoded("lambda x: x * 2")


def layer(class_name: str, **inner: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": class_name, "config": inner}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_keras_writes_is_read_whole(path: Path) -> None:
    found = explore(path)
    assert found.formats == [
        {".keras": "keras", ".json": "keras-config", ".h5": "hdf5"}[path.suffix]
    ]
    assert found.anomalies == []
    assert found.reasons == []
    if not path.name.endswith("weights.h5"):
        names = {one.class_name for one in found.of(Layer)}
        assert names & {"Sequential", "Functional"}
        assert len(names) > 2
    assert bool(found.of(Code)) == path.name.startswith("lambda")


def test_the_same_model_says_the_same_in_every_form() -> None:
    folder = DATA / "keras-3.15.1"
    forms = [explore(folder / f"functional.{suffix}") for suffix in ("keras", "json")]
    objects = [
        sorted((one.class_name, one.name, one.count) for one in form.of(Layer)) for form in forms
    ]
    assert objects[0] == objects[1]


@pytest.mark.parametrize(
    "function",
    [
        {"class_name": "__lambda__", "config": {"code": DOUBLE, "defaults": None}},
        {"class_name": "__lambda__", "config": {"value": [DOUBLE, None, None]}},
        [DOUBLE, None, None],
        DOUBLE,
        DOUBLE.replace("\n", "\n @"),
    ],
    ids=["keras 3", "value", "list", "text", "with junk"],
)
@pytest.mark.parametrize("key", ["function", "output_shape", "mask"])
def test_code_is_read_in_every_form(function: Any, key: str) -> None:
    (code,) = told(layer("Lambda", name="l", **{key: function})).of(Code)
    assert code.complete
    assert "BINARY_OP" in " ".join(code.listing)


def test_code_that_calls_is_told() -> None:
    text = encoded("lambda x: __import__('os').system('echo inert')")
    (code,) = told(layer("Lambda", function=[text, None, None])).of(Code)
    assert "os.system" in [one.name for one in code.references]


def test_code_sees_the_module_beside_it() -> None:
    inner = {"function": [encoded("lambda x: system('x')"), None, None], "module": "os"}
    (code,) = told(layer("Lambda", function_type="lambda", **inner)).of(Code)
    assert "os.system" in [one.name for one in code.references]


def test_code_outside_of_a_lambda_is_found() -> None:
    (code,) = told(layer("Dense", units=DOUBLE)).of(Code)
    assert code.complete


def test_code_that_cannot_be_read_is_told() -> None:
    function = {"class_name": "__lambda__", "config": {"code": "no code at all"}}
    (code,) = told(layer("Lambda", function=function)).of(Code)
    assert not code.complete


def test_code_is_never_taken_for_text() -> None:
    assert told(layer("Dense", name="code", activation="relu")).of(Code) == []


def test_the_pickle_of_a_torch_module_is_handed_on() -> None:
    text = base64.b64encode(PAYLOAD).decode()
    found = told(layer("TorchModuleWrapper", name="t", module=text))
    paths = [one.path for one in found.walk() if one.formats == ["pickle"]]
    assert paths == ["m.keras!config.json!config.module"]
    assert found.anomalies == []


def test_pickles_are_found_under_any_key() -> None:
    found = told(layer("Dense", note=base64.b64encode(PAYLOAD + bytes(20)).decode()))
    assert any(one.formats == ["pickle"] for one in found.walk())


def test_every_value_of_a_key_that_stands_twice_counts() -> None:
    text = (
        b'{"class_name": "Dense", "class_name": "Lambda", "module": "keras.layers",'
        b' "module": "os", "config": {}}'
    )
    found = told(text)
    assert {(one.class_name, one.module) for one in found.of(Layer)} == {
        ("Dense", "keras.layers"),
        ("Dense", "os"),
        ("Lambda", "keras.layers"),
        ("Lambda", "os"),
    }
    assert found.anomalies == ["keras-duplicate-key"] * 2


def test_equal_objects_are_counted() -> None:
    found = told({"layers": [layer("GlorotUniform", seed=None)] * 500})
    (one,) = found.of(Layer)
    assert one.count == 500


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_encoding_that_keras_reads_is_read(encoding: str) -> None:
    text = json.dumps(layer("Lambda", name="l")).encode(encoding)
    assert [one.class_name for one in told(text).of(Layer)] == ["Lambda"]


def test_escaped_keys_are_keys() -> None:
    text = b'{"class\\u005fname": "Lambda", "config": {}}'
    assert config.identify(Memory(text))
    assert [one.class_name for one in told(text).of(Layer)] == ["Lambda"]


@pytest.mark.parametrize(
    ("inner", "role", "target"),
    [
        (layer("TFSMLayer", filepath="x/y"), "keras-saved-model", "x/y"),
        (layer("StringLookup", vocabulary="/etc/passwd"), "keras-vocabulary", "/etc/passwd"),
        (layer("TextVectorization", idf_weights="w.npy"), "keras-vocabulary", "w.npy"),
        (layer("Dense", name="../../x"), "keras-name", "../../x"),
        (layer("KerasLayer", handle="https://example.org/m"), "keras-url", "https://example.org/m"),
        (layer("X", arguments={"cache_dir": "/tmp/x"}), "keras-file", "/tmp/x"),
        (layer("X", files=["https://example.org/v"]), "keras-url", "https://example.org/v"),
        (
            layer("X", vocabulary={"at": "https://example.org/v"}),
            "keras-url",
            "https://example.org/v",
        ),
        (layer("X", files=["https://example.org/v"]), "keras-url", "https://example.org/v"),
        (
            layer("X", vocabulary={"class_name": "Y", "config": {"at": "https://example.org/v"}}),
            "keras-url",
            "https://example.org/v",
        ),
    ],
)
def test_what_leads_out_is_a_reference(inner: Any, role: str, target: str) -> None:
    (found,) = told(inner).of(Reference)
    assert (found.role, found.target) == (role, target)


@pytest.mark.parametrize(
    "inner",
    [
        layer("StringLookup", vocabulary=["/a", "../b"]),
        layer("TextVectorization", vocabulary=["see", "https://example.org/x", "c:\\x"]),
        layer("TextVectorization", vocabulary=["see", "https://example.org/x", "c:\\x"]),
        layer("Conv2D", name="block1/conv1"),
        layer("Conv2D", name="conv..1"),
        layer("Dense", filters="a/b"),
    ],
)
def test_plain_values_lead_nowhere(inner: Any) -> None:
    assert not [one for one in told(inner).of(Reference) if one.role != "keras-name"]


@pytest.mark.parametrize(
    "text",
    [
        b'{"class_name": "Dense", "config": ',
        b'{"class_name": ' + b"[" * 100_000,
        b"[" * 1000,
        b"\xff\xfe{",
        b"",
        b'{"class_name": 9' + b"9" * 5000 + b"}",
    ],
    ids=["cut", "deep", "list", "encoding", "empty", "number"],
)
def test_what_is_no_json_is_incomplete(text: bytes) -> None:
    found = told(text)
    assert found.anomalies == ["keras-config"]
    assert found.reasons


YAML = """\
backend: tensorflow
class_name: Sequential
config:
  name: model
  layers:
  - class_name: Lambda
    config:
      function: !!python/tuple ["{code}", null, null]
      function_type: lambda
"""


def test_a_model_of_keras_2_in_yaml_is_one() -> None:
    text = YAML.format(code=encoded("lambda x: x").replace("\n", "")).encode()
    assert config.identify(Memory(text))
    found = [one.class_name for one in told(text).of(Layer)]
    assert found == ["Sequential", "Lambda"]
    hostile = YAML.format(code=encoded("lambda x: eval(x)").replace("\n", ""))
    report = scan_bytes(hostile.encode(), "model.yaml")
    assert "keras-lambda" in rules_of(report)
    for other in (
        b"class_name: a\nversion: 1\n",
        b"class A:\n    class_name: str\n    config: int\n",
    ):
        assert not config.identify(Memory(other))


def test_too_many_values_are_not_read() -> None:
    found = told(b'{"class_name": "A", "config": [' + b"1," * 2_100_000 + b"1]}")
    assert found.reasons == ["the configuration is no JSON: it has more than 2000000 values"]


@pytest.mark.parametrize(
    "text",
    [
        b'{"architectures": ["BertModel"], "config": {}}',
        b'{"class_name": "x"}',
        b'{"a": "class_name config"}',
        b'["class_name", "config"]',
        b"class_name",
    ],
)
def test_other_json_is_none(text: bytes) -> None:
    assert not config.identify(Memory(text))
