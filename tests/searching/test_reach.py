"""How far the default search reaches: ends of large files, texts behind weights, all of a tail."""

from __future__ import annotations

import base64
import json
import pickle
import random
import shutil
import struct
from pathlib import Path

import pytest

import modelassay
from modelassay.extraction import extract
from tests.helpers.planting import DATA, digest, field
from tests.helpers.programs import KINDS, PYTHON, code, elf
from tests.helpers.scanning import rules_of, scan_bytes

NOISE = random.Random(7).randbytes(3 << 20)
KEY = b"AKIAY3FVDQ5TSGWPL7KB"
ONNX = (DATA / "onnx-1.23.2/linear.onnx").read_bytes()
NPY = (DATA / "numpy-2.4.6/float.npy").read_bytes()


def hidden(data: bytes, payload: bytes, name: str = "model") -> bool:
    report = scan_bytes(data, name)
    told = [one for one in report.findings if one.rule == "hidden-payload"]
    return any(digest(payload) in one.message and one.severity.value == "high" for one in told)


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in ("zip", "7z", "elf in zlib")])
def test_behind_megabytes_of_noise(kind: str) -> None:
    assert hidden(NPY + NOISE + KINDS[kind], KINDS[kind])


def test_texts_behind_weights() -> None:
    text = base64.b64encode(elf())
    weight = field(8, b"w") + field(9, NOISE)
    between = ONNX + field(6, text) + field(7, field(5, weight))
    assert hidden(between, elf())
    assert hidden(ONNX + field(7, field(5, weight)) + field(6, text) + field(2, NOISE), elf())
    assert hidden(pickle.dumps([NOISE, text.decode()], 4), elf())


def test_encoded_text_longer_than_what_is_looked_at() -> None:
    large = bytearray(elf())
    (table,) = struct.unpack_from("<Q", large, 32)
    rest = NOISE[: 1 << 20]
    struct.pack_into("<4Q", large, table + 8, 0, 0, 0, len(large) + len(rest))
    payload = bytes(large) + rest
    for text in (base64.b64encode(payload), base64.encodebytes(payload)):
        data = json.dumps({"model_type": "bert", "x": text.decode()}).encode()
        assert hidden(data, payload, "config.json")


def test_code_that_stands_alone() -> None:
    report = scan_bytes(code(), "model.bin")
    assert report.artifacts[0].format == "python-code"
    assert rules_of(report) == {"code-by-value": "medium"}
    broken = b"\xe3" + bytes(12) + b"\xff" * 40
    assert scan_bytes(broken, "model.bin").artifacts[0].format is None


def test_an_encoded_script_is_none_that_a_text_shows() -> None:
    encoded = base64.b64encode(PYTHON)
    assert hidden(b"numpy==2.0\n# " + encoded + b"\n", PYTHON, "requirements.txt")
    assert not hidden(b"numpy==2.0\n# " + PYTHON, PYTHON, "requirements.txt")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_found_is_written_as_nothing_that_runs(kind: str, tmp_path: Path) -> None:
    (tmp_path / "model.npy").write_bytes(NPY + KINDS[kind])
    written, _ = extract(tmp_path / "model.npy", tmp_path / "quarantine")
    found = {Path(one.path).read_bytes(): Path(one.path) for one in written}
    path = found[KINDS[kind]]
    assert path.suffix == ".quarantined"
    assert digest(KINDS[kind])[:16] in path.name
    assert path.stat().st_mode & 0o777 == 0o400


def test_what_a_text_decodes_to_is_what_is_written(tmp_path: Path) -> None:
    node = field(2, b"root") + field(5, base64.b64encode(PYTHON))
    real = (DATA / "tensorflow-2.15.1/keras/keras_metadata.pb").read_bytes()
    (tmp_path / "keras_metadata.pb").write_bytes(real + field(1, node))
    written, _ = extract(tmp_path / "keras_metadata.pb", tmp_path / "quarantine")
    assert [Path(one.path).read_bytes() for one in written] == [PYTHON]


def test_the_assets_of_a_saved_model(tmp_path: Path) -> None:
    shutil.copytree(DATA / "tensorflow-2.21.0/words", tmp_path / "words")
    assets = tmp_path / "words" / "assets"
    assert modelassay.scan(tmp_path / "words").verdict == "clean"
    (assets / "run.txt").write_bytes(elf())
    (assets / "state.txt").write_bytes(b"cposix\nsystem\n(S'echo inert'\ntR.")
    (assets / "words2.txt").write_bytes(b"word\n" * 300_000 + b"key = " + KEY + b"\n")
    (assets / "words3.txt").write_bytes(b"word\n" * 9 + base64.b64encode(elf()) + b"\n")
    told = {
        (one.rule, Path(one.artifact.partition("!")[0]).name)
        for one in modelassay.scan(tmp_path / "words").findings
    }
    assert told >= {
        ("embedded-executable", "run.txt"),
        ("command-execution", "state.txt"),
        ("exposed-secret", "words2.txt"),
        ("hidden-payload", "words3.txt"),
    }
