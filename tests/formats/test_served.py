"""What servers and systems run: TorchServe archives, TensorRT engines, llamafiles."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping

import pytest

from tests.helpers.damage import changes_are_stood
from tests.helpers.native import elf
from tests.helpers.scanning import rules_of, scan_bytes

PLAN = b"ftrt" + bytes(20) + bytes((10, 3, 0, 26)) + bytes(range(1, 200))


def archive(members: Mapping[str, bytes | str], prefix: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    buffer.write(prefix)
    with zipfile.ZipFile(buffer, "a") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def served(handler: str, **model: str) -> bytes:
    stated = {"modelName": "m", "serializedFile": "m.txt", "handler": handler, **model}
    manifest = json.dumps({"runtime": "python", "model": stated, "archiverVersion": "0.12.0"})
    members: dict[str, bytes | str] = {
        "MAR-INF/MANIFEST.json": manifest,
        "m.txt": "weights",
        "handler.py": "x = 1\n",
    }
    return archive(members)


def test_an_archive_with_a_handler_of_the_server_is_silent() -> None:
    report = scan_bytes(served("image_classifier"), "m.mar")
    assert report.artifacts[0].format == "torchserve"
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize("handler", ["handler.py", "handler.py:run", "handler"])
def test_handlers_of_the_archive_are_told(handler: str) -> None:
    assert rules_of(scan_bytes(served(handler))) == {"service-handler": "medium"}


@pytest.mark.parametrize("key", ["serializedFile", "modelFile", "requirementsFile", "extensions"])
def test_files_of_elsewhere(key: str) -> None:
    report = scan_bytes(served("text_classifier", **{key: "../../../etc/passwd"}))
    assert rules_of(report) == {"external-reference": "medium"}
    climbing = scan_bytes(served("../../evil.py"))
    assert set(rules_of(climbing)) == {"service-handler", "external-reference"}


def test_members_are_read() -> None:
    pickle = b"\x80\x04cos\nsystem\n(X\2\0\0\0idR."
    manifest = json.dumps({"model": {"handler": "text_classifier"}, "archiverVersion": "0.12.0"})
    data = archive({"MAR-INF/MANIFEST.json": manifest, "model.pt": pickle})
    assert "command-execution" in rules_of(scan_bytes(data))
    broken = archive({"MAR-INF/MANIFEST.json": "{no json"})
    assert not scan_bytes(broken).complete


def test_engines_are_known_and_never_clean() -> None:
    for data in (PLAN, struct.pack("<I", 9) + b'{"a":"b"}' + PLAN):
        report = scan_bytes(data, "m.engine")
        assert report.artifacts[0].format == "tensorrt"
        assert not report.complete
        assert not report.findings


def test_programs_in_engines() -> None:
    report = scan_bytes(PLAN + elf() + bytes(99), "m.engine")
    assert rules_of(report)["embedded-executable"] == "high"


def test_engines_that_are_cut() -> None:
    assert rules_of(scan_bytes(PLAN[:20])) == {"model-structure": "medium"}
    assert scan_bytes(struct.pack("<I", 9) + b'{"a":"b",' + PLAN).findings
    changes_are_stood(PLAN + elf())


def test_llamafiles() -> None:
    program = elf() + bytes(64)
    arguments: dict[str, bytes | str] = {
        ".args": "-m\n/zip/model.gguf\n...\n",
        "model.gguf": b"GGUF",
    }
    report = scan_bytes(archive(arguments, program), "m.llamafile")
    assert report.artifacts[0].format == "llamafile"
    assert rules_of(report)["embedded-executable"] == "high"
    assert "polyglot" not in rules_of(report)
    outside = scan_bytes(archive({".args": "-m\n/etc/passwd\n--server\n"}, program))
    assert rules_of(outside)["external-reference"] == "medium"
    changes_are_stood(archive(arguments, program), 100)
