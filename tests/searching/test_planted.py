"""Payloads planted into real models of each format are found, at their offset, with their hash."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay.core.report import Report
from tests.helpers.programs import PAYLOADS, SCRIPT, elf
from tests.helpers.scanning import scan_bytes
from tests.helpers.weights import entry, safetensors

DATA = Path(__file__).parents[1] / "data"
#: A real file of each format, none of which has a place for a program behind its end.
MODELS = (
    *(
        "torch-2.13.0/state.pt",
        "torch-2.13.0/state-legacy.pt",
        "torchscript-2.13.0/honest_traced.pt",
    ),
    *("numpy-2.4.6/float.npy", "numpy-2.4.6/plain.npz", "safetensors-0.8.0/plain.safetensors"),
    *("keras-3.15.1/plain.h5", "keras-3.15.1/plain.keras", "joblib-1.6.0/arrays.joblib"),
    *(
        "joblib-1.6.0/compressed.joblib",
        "onnx-1.23.2/linear.onnx",
        "tensorflow-2.21.0/branch.tflite",
    ),
    *("tensorflow-2.21.0/branch.pb", "tensorflow-2.21.0/words/saved_model.pb"),
)
MODELS = tuple(name for name in MODELS if (DATA / name).exists())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def places(report: Report, payload: bytes) -> list[int]:
    """Return the offsets, from the start of the file, where a payload of this hash is told."""
    told = []
    for finding in report.findings:
        if finding.rule == "hidden-payload" and digest(payload) in finding.message:
            assert finding.severity.value == "high"
            inside = finding.artifact.split("!")[1:]
            starts = [int(part[1:].split("#")[0]) for part in inside if part[:1] == "@"]
            told.append(sum(starts) + (finding.location.offset or 0))
    return told


@pytest.mark.parametrize("kind", PAYLOADS)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("junk", [b"", b"\xfe\xff junk \x01" * 9])
def test_behind_the_end(name: str, kind: str, junk: bytes) -> None:
    model, payload = (DATA / name).read_bytes(), PAYLOADS[kind]
    report = scan_bytes(model + junk + payload)
    if kind == "pickle" and name.endswith(("arrays.joblib", "legacy.pt")):
        return  # one pickle behind another is read as the file goes on, and judged for itself
    assert len(model) + len(junk) in places(report, payload)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_inside_a_tensor(kind: str) -> None:
    payload = PAYLOADS[kind]
    data = bytes(range(3, 203)) * 4
    size = 2 * len(data) + len(payload) + -len(payload) % 4
    body = data + payload.ljust(size - 2 * len(data), b"\1") + data
    model = safetensors({"w": entry("F32", [size // 4], 0, size)}, body)
    assert len(model) - len(body) + len(data) in places(scan_bytes(model), payload)


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "lines": base64.encodebytes,
    "base32": base64.b32encode,
    "base85": base64.b85encode,
    "hex": lambda data: data.hex().encode(),
    "HEX": base64.b16encode,
    "twice": lambda data: base64.b64encode(base64.b64encode(data)),
}


@pytest.mark.parametrize("kind", PAYLOADS)
@pytest.mark.parametrize("coding", CODINGS)
def test_in_metadata(kind: str, coding: str) -> None:
    payload = PAYLOADS[kind]
    text = CODINGS[coding](payload).decode()
    model = safetensors({"__metadata__": {"note": text}})
    assert model.index(text[:20].encode()) in places(scan_bytes(model), payload)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_in_the_configuration_of_a_model(kind: str) -> None:
    text = json.dumps({"model_type": "bert", "x": base64.b64encode(PAYLOADS[kind]).decode()})
    assert places(scan_bytes(text.encode(), "config.json"), PAYLOADS[kind])


def test_a_script_in_a_string_of_json() -> None:
    model = safetensors({"__metadata__": {"note": SCRIPT.decode()}})
    assert places(scan_bytes(model), SCRIPT) == [model.index(b"#!")]


@pytest.mark.parametrize("deep", [False, True])
def test_a_pickle_without_a_frame_among_weights(deep: bool) -> None:
    payload = b"\x80\4\x8c\5posix\x8c\6system\x93\x8c\4echo\x85R."
    model = safetensors(
        {"w": {"dtype": "U8", "shape": [999], "data_offsets": [0, 999]}},
        b"\7" * 500 + payload.ljust(499, b"\7"),
    )
    report = scan_bytes(model, deep=deep)
    assert places(report, payload) == [model.index(payload)]


@pytest.mark.parametrize("front", ["", "(lp0\n", "(dp0\nS'a'\np1\n"])
def test_a_pickle_of_text_in_a_string_of_json(front: str) -> None:
    pickle = front + "cos\nsystem\n(S'echo'\ntR."
    model = safetensors({"__metadata__": {"note": pickle}})
    start = model.index(json.dumps(pickle)[1:-1].encode())
    assert places(scan_bytes(model), pickle.encode()) == [start]
    words = json.dumps({"model_type": "bert", "x": "i.e.\nnames\nand more\nwords"})
    assert not scan_bytes(words.encode(), "config.json").findings


def _zipped(payload: bytes, where: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        info = zipfile.ZipInfo("state/data.txt")
        if where == "extra":
            info.extra = struct.pack("<HH", 0x7075 + 1, len(payload)) + payload
        if where == "entry comment":
            info.comment = payload
        file.writestr(info, b"\0numbers\xff" * 40)
        if where == "comment":
            file.comment = payload
    data = buffer.getvalue()
    return payload + data if where == "prefix" else data


@pytest.mark.parametrize("kind", [kind for kind in PAYLOADS if kind not in ("tar", "zip")])
@pytest.mark.parametrize("where", ["extra", "entry comment", "comment", "prefix"])
def test_beside_the_members_of_a_zip(kind: str, where: str) -> None:
    payload = PAYLOADS[kind]
    data = _zipped(payload, where)
    assert data.index(payload) in places(scan_bytes(data, "model.zip"), payload)


def test_in_a_comment_of_pax_headers() -> None:
    buffer = io.BytesIO()
    text = base64.b64encode(elf()).decode()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {"comment": text}
        file.addfile(info)
    assert places(scan_bytes(buffer.getvalue()), elf())


def test_in_the_header_of_gzip() -> None:
    data = gzip.compress(b"numbers " * 100, mtime=0)
    text = base64.b64encode(elf())
    named = data[:3] + b"\x10" + data[4:10] + text + b"\0" + data[10:]
    extra = data[:3] + b"\4" + data[4:10] + struct.pack("<H", len(elf())) + elf() + data[10:]
    assert places(scan_bytes(named), elf())
    assert places(scan_bytes(extra), elf())


def test_in_the_text_of_a_picture() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    text = chunk(b"tEXt", b"note\0" + base64.b64encode(elf()))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    picture = b"\x89PNG\r\n\x1a\n" + head + text + data + chunk(b"IEND", b"")
    assert places(scan_bytes(picture, "icon.png"), elf())


@pytest.mark.parametrize("name", MODELS)
def test_an_honest_model_hides_nothing(name: str) -> None:
    for deep in (False, True):
        report = scan_bytes((DATA / name).read_bytes(), deep=deep)
        assert not [finding for finding in report.findings if finding.rule == "hidden-payload"]


@pytest.mark.parametrize(
    "text",
    [
        b"MZ" + b"A" * 200,
        base64.b64encode(b"\x7fELF" + bytes(60)),
        base64.b64encode(b"PK\3\4" + bytes(60)),
        b"#!/bin/sh",
        b"\x80\x04\x95" + bytes(8) + b"N.",
        b"\x1f\x8b\x08" + bytes(60),
    ],
)
def test_a_signature_alone_is_nothing(text: bytes) -> None:
    model = safetensors({"w": entry("U8", [len(text) + 99], 0, len(text) + 99)}, text + bytes(99))
    report = scan_bytes(model)
    assert not [finding for finding in report.findings if finding.rule == "hidden-payload"]
