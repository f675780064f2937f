"""References out of the artifact: whatever names one, in whatever spelling, it is judged alike.

Each format of the table has a sample that names what it is told to; each spelling leads out of the
folder on some system.
"""

from __future__ import annotations

import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pytest

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules import BY_ID
from modelassay.rules.base import Subject
from modelassay.rules.references import NAMED
from tests.formats import (
    test_coreml,
    test_coreml_package,
    test_modelfile,
    test_onnx,
    test_orbax,
    test_paddle,
    test_pipelines,
    test_served,
    test_tensor_index,
    test_tensorflow,
    test_tfjs,
)
from tests.formats.wire import field
from tests.helpers.hdf5 import Made, external_link
from tests.helpers.native import elf
from tests.helpers.scanning import rules_of, scan_bytes

OUTSIDE: Final = {
    "climbing": "../../secret.bin",
    "climbing in the middle": "a/../../secret.bin",
    "backslashes": "..\\..\\secret.bin",
    "mixed": "a\\../..\\secret.bin",
    "root": "/etc/secret.bin",
    "drive": "C:\\secret.bin",
    "folder of a drive": "C:secret.bin",
    "share": "\\\\host\\share\\secret.bin",
    "share with slashes": "//host/share/secret.bin",
    "device": "\\\\?\\C:\\secret.bin",
    "share of a device": "\\\\?\\UNC\\host\\share\\secret.bin",
    "file URL": "file:///etc/secret.bin",
    "file URL without slashes": "file:secret.bin",
    "file URL of a host": "file://host/share/secret.bin",
    "URL": "https://models.example/secret.bin",
    "URL with backslashes": "https:\\\\models.example\\secret.bin",
    "URL in a URL": "zip::s3://models/secret.bin",
    "percent": "%2e%2e%2fsecret.bin",
    "percent twice": "%252e%252e%252fsecret.bin",
    "home": "~/secret.bin",
    "variable": "$HOME/secret.bin",
    "variable in braces": "${HOME}/secret.bin",
    "variable of Windows": "%APPDATA%\\secret.bin",
    "trailing space": ".. /secret.bin",
    "trailing dots": ".../secret.bin",
    "full width": "\uff0e\uff0e\uff0fsecret.bin",
    "two-dot leader": "\u2025/secret.bin",
    "division slash": "..\u2215secret.bin",
    "joiner": ".\u200d./secret.bin",
    "space in front": " /etc/secret.bin",
    "zero byte": "../x\0.bin",
}
INSIDE: Final = ("secret.bin", "sub/secret.bin", "./secret.bin", "a/../secret..bin")


def _keras(kind: str, **config: object) -> bytes:
    layer = {"class_name": kind, "config": {"name": "l", **config}}
    return json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}).encode()


def _onnx_text(target: str) -> bytes:
    pair = f'["location": {json.dumps(target, ensure_ascii=False)}]'
    head = '<ir_version: 8, opset_import: ["" : 17]>\ng (float[1] x) => (float[1] y) '
    return f"{head}<float[1] w = {pair}>\n{{ y = Relu (x) }}".encode()


def _onnx_textproto(target: str) -> bytes:
    octal = "".join(f"\\{byte:03o}" for byte in target.encode())
    return (
        'ir_version: 8 graph { node { op_type: "Relu" input: "x" output: "y" } initializer '
        '{ dims: 1 data_type: FLOAT name: "w" data_location: EXTERNAL '
        f'external_data {{ key: "location" value: "{octal}" }} }} }}'
    ).encode()


def _asset(target: str) -> bytes:
    graph = test_tensorflow.graph(test_tensorflow.const("a", "x"))
    named = field(6, field(1, field(1, "a:0")) + field(2, target))
    return test_tensorflow.saved(graph, named)


def _hdf5(target: str) -> bytes:
    made = Made()
    return made.finish(external_link("w", target))


def _array(target: str) -> bytes:
    text = target.encode()
    wrapper = b"cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}(X\x08\0\0\0filename"
    return b"\x80\x02" + wrapper + b"X" + struct.pack("<I", len(text)) + text + b"ub."


def _mlflow(key: str, target: str) -> bytes:
    flavor = {"loader_module": "mlflow.sklearn", "python_version": "3.11", key: target}
    return json.dumps({"flavors": {"python_function": flavor}}).encode()


def _manifest(**model: str) -> bytes:
    names = {"modelName": "m", "serializedFile": "w.pt", "handler": "image_classifier"}
    text = json.dumps({"model": names | model, "archiverVersion": "0.12.0"})
    return test_served.archive({"MAR-INF/MANIFEST.json": text.encode()})


def _llamafile(target: str) -> bytes:
    return test_served.archive({".args": f"-m\n{target}\n".encode()}, elf() + bytes(64))


def _triton(line: str, target: str) -> bytes:
    octal = "".join(f"\\{byte:03o}" for byte in target.encode())
    return test_pipelines.TRITON + line.replace("?", octal).encode()


def _xml(target: str) -> bytes:
    shown = target.replace("&", "&amp;").replace("<", "&lt;")
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "{shown}">]><a>&e;</a>'.encode()


def _trace(target: str) -> bytes:
    profiler = field(9, target)
    return test_pipelines._node(b"a.tflite") + field(18, profiler)


#: By format and role: a sample that names `target`.
SAMPLES: Final[dict[tuple[str, str], Callable[[str], bytes]]] = {
    ("coreml", "weight-file"): lambda t: test_coreml.model(502, test_coreml.program(t)),
    ("hydra-config", "included-config"): lambda t: f"a: !include:{quote(t)} {{}}\n".encode(),
    ("coreml", "linked-model"): lambda t: test_coreml.model(556, field(1, field(1, field(2, t)))),
    ("coreml-package", "weight-file"): lambda t: test_coreml_package.manifest("a", t),
    ("hf-config", "weight-file"): lambda t: json.dumps(
        {"architectures": ["A"], "model_type": "llama", "transformers_weights": t}
    ).encode(),
    ("hf-config", "base-model"): lambda t: json.dumps(
        {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": t}
    ).encode(),
    ("llamafile", "weight-file"): _llamafile,
    ("ocdbt", "weight-file"): lambda t: test_orbax.manifest(t),
    ("orbax", "weight-file"): lambda t: json.dumps(
        {"tree_metadata": {"w": {"kvstore": t}}}
    ).encode(),
    ("tensor-index", "weight-file"): lambda t: test_tensor_index.index(a=t),
    ("tfjs", "weight-file"): lambda t: test_tfjs.model(test_tfjs.DENSE, paths=[t]),
    ("torchserve-manifest", "weight-file"): lambda t: _manifest(serializedFile=t),
    ("image-manifest", "artifact"): lambda t: test_modelfile.manifest(
        annotations={"org.opencontainers.image.title": t}
    ),
    ("image-manifest", "digest"): test_modelfile.manifest,
    ("image-manifest", "layer-url"): lambda t: test_modelfile.manifest(urls=[t]),
    ("mlflow-model", "artifact"): lambda t: _mlflow("model_path", t),
    ("mlflow-model", "code"): lambda t: _mlflow("code", t),
    ("onnx", "external-data"): lambda t: test_onnx.model(
        test_onnx.node("Relu"), field(5, test_onnx.external(t))
    ),
    ("onnx-text", "external-data"): _onnx_text,
    ("onnx-textproto", "external-data"): _onnx_textproto,
    ("onnx-tensor", "external-data"): test_onnx.external,
    ("pickle", "array-file"): _array,
    ("hdf5", "hdf5-external-link"): _hdf5,
    ("keras-config", "keras-vocabulary"): lambda t: _keras("StringLookup", vocabulary=t),
    ("keras-config", "keras-name"): lambda t: _keras("Dense", name=t),
    ("keras-config", "keras-file"): lambda t: _keras("X", arguments={"cache_dir": t}),
    ("keras-config", "keras-saved-model"): lambda t: _keras("TFSMLayer", filepath=t),
    ("tensorflow", "asset"): _asset,
    ("paddle", "paddle-file"): lambda t: test_paddle.program(
        (*test_paddle.PLAIN, test_paddle.operator("feed", file_path=t))
    ),
    ("mediapipe", "calculator-file"): lambda t: test_pipelines._node(t.encode()),
    ("mediapipe", "trace-file"): _trace,
    ("modelfile", "modelfile-from"): lambda t: f"FROM {t}\n".encode(),
    ("modelfile", "modelfile-adapter"): lambda t: f"FROM llama3\nADAPTER {t}\n".encode(),
    ("spacy-config", "component-source"): lambda t: (
        f'[nlp]\nlang = "en"\npipeline = ["x"]\n\n[components]\n\n[components.x]\nsource = "{t}"\n'
    ).encode(),
    ("bento", "bento-script"): lambda t: test_pipelines.SERVICE.replace(
        b"setup_script: null", b"setup_script: " + json.dumps(t).encode()
    ),
    ("bento", "bento-template"): lambda t: test_pipelines.SERVICE.replace(
        b"setup_script: null", b"dockerfile_template: " + json.dumps(t).encode()
    ),
    ("triton", "triton-file"): lambda t: _triton('default_model_filename: "?"\n', t),
    ("triton", "triton-runtime"): lambda t: _triton('runtime: "?"\n', t),
    ("triton", "triton-library"): lambda t: _triton(
        'model_operations { op_library_filename: "?" }\n', t
    ),
    ("requirements", "requirement-path"): lambda t: f"numpy==2.0\n-e {t}\n".encode(),
    ("requirements", "requirement-file"): lambda t: f"numpy==2.0\n-r {t}\n".encode(),
    ("xml", "entity"): _xml,
}
#: Names without a folder: any path in them leads elsewhere.
_FLAT: Final = ("digest", "array-file")
#: No spelling of these stands in a line, or in a document, as it is.
_LINES: Final = ("llamafile", "modelfile", "spacy-config", "requirements", "xml")
_NOT_IN_LINES: Final = ("zero byte", "space in front", "trailing space")
#: The options of a calculator have no schema here: what holds a zero byte is taken for a message.
_NOT_IN: Final = {"mediapipe": ("zero byte",)}
#: What is told as low, or by another rule, and why.
LESS: Final = {
    "base-model": "folders of whoever trained an adapter stand in many honest ones",
    "requirement-file": "lists of a project above name each other",
}
#: Roles whose samples would each need a writer of their own; their rules are tried below.
_XML: Final = ("openvino", "pmml", "xml")
UNSAMPLED: Final = frozenset(
    (
        ("hdf5", "hdf5-external-storage"),
        ("hdf5", "hdf5-virtual-source"),
        ("keras-config", "keras-url"),
        *((one, "entity") for one in ("openvino", "pmml")),
        *((one, role) for one in _XML for role in ("include", "document-type")),
    )
)


def test_every_format_of_the_table_has_a_sample() -> None:
    pairs = {(one, role) for role, named in NAMED.items() for one in named.formats}
    assert pairs == SAMPLES.keys() | UNSAMPLED
    assert {named.rule for named in NAMED.values()} <= BY_ID.keys()


def _judged(format: str, role: str, target: str) -> int:
    """Return how bad a sample is by the rule for its role; 0 for nothing."""
    data = SAMPLES[format, role](target)
    found = rules_of(scan_bytes(data, f"model.{format}"))
    severity = found.get(NAMED[role].rule)
    return Severity(severity).rank if severity else 0


@pytest.mark.parametrize(("format", "role"), SAMPLES)
def test_every_spelling_that_leads_out_is_told(format: str, role: str) -> None:
    skipped = _NOT_IN_LINES if format in _LINES else _NOT_IN.get(format, ())
    missed = [
        name
        for name, target in OUTSIDE.items()
        if name not in skipped
        and _judged(format, role, target)
        < (Severity.LOW.rank if role in LESS else Severity.MEDIUM.rank)
    ]
    assert missed == []


@pytest.mark.parametrize(("format", "role"), SAMPLES)
def test_what_lies_beside_the_file_is_no_worse_than_before(format: str, role: str) -> None:
    """Some name what nobody should, wherever it lies; then all these are alike."""
    assert len({_judged(format, role, target) for target in _inside(role)}) == 1


def _inside(role: str) -> tuple[str, ...]:
    return INSIDE[:1] if role in _FLAT else INSIDE


@pytest.mark.parametrize("role", NAMED)
@pytest.mark.parametrize("spelling", OUTSIDE)
def test_each_rule_judges_every_spelling(role: str, spelling: str) -> None:
    rule = BY_ID[NAMED[role].rule].load()
    found = list(rule.check(Subject([Reference(target=OUTSIDE[spelling], role=role)])))
    least = Severity.LOW if role in LESS else Severity.MEDIUM
    assert found
    assert max((one.severity or rule.RULE.severity).rank for one in found) >= least.rank


def _zip(name: str, target: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        info = zipfile.ZipInfo("x")
        info.filename = "link" if target else name
        info.create_system = 3
        info.external_attr = (0o120777 if target else 0o100644) << 16
        file.writestr(info, target or "data")
    return buffer.getvalue()


def _tar(name: str, target: str = "", type: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("link" if target else name)
        info.type, info.linkname = type, target
        file.addfile(info)
    return buffer.getvalue()


ARCHIVES: Final[dict[str, tuple[Callable[[str], bytes], str]]] = {
    "zip": (_zip, "archive-path-traversal"),
    "tar": (_tar, "archive-path-traversal"),
    "symbolic link of zip": (lambda t: _zip("", t), "archive-link-escape"),
    "symbolic link of tar": (lambda t: _tar("", t, tarfile.SYMTYPE), "archive-link-escape"),
    "hard link of tar": (lambda t: _tar("", t, tarfile.LNKTYPE), "archive-link-escape"),
}
#: Names of members are paths: a URL in one is a folder, with a `:` that Windows refuses.
_URLS: Final = tuple(name for name in OUTSIDE if "URL" in name)


@pytest.mark.parametrize("archive", ARCHIVES)
def test_members_and_links_are_judged_alike(archive: str) -> None:
    make, rule = ARCHIVES[archive]
    skipped = ("zero byte", *(_URLS if rule == "archive-path-traversal" else ()))
    outside = {name: target for name, target in OUTSIDE.items() if name not in skipped}
    missed = [n for n, t in outside.items() if rules_of(scan_bytes(make(t))).get(rule) != "high"]
    assert missed == []
    assert all(rule not in rules_of(scan_bytes(make(target))) for target in INSIDE[:3])


def test_links_that_lead_out_by_way_of_each_other() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, target in (("a/b/up", "../.."), ("x", "a/b/up/..")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            file.addfile(info)
    assert rules_of(scan_bytes(buffer.getvalue()))["archive-link-escape"] == "high"
