"""A folder whose report has some of everything, names that are attacks among them."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.report import Report

HOSTILE = b"cposix\nsystem\n(S'id'\ntR."
#: Names and contents that would be markup, a link, a command or a terminal's escape elsewhere.
NAMES = (
    "<script>alert(1)</script>.pkl",
    "a](javascript:alert(1)).pkl",
    "two\nlines ::error::no.pkl",
    "bell\x07\x1b[2J.pkl",
    "100%,a:b.pkl",
    "wow!x.pkl",
    "`tick` ```fence```.pkl",
)
_GGUF_TEXT = (
    (b"general.architecture", b"llama"),
    (b"general.license", b"apache-2.0"),
    (b"general.base_model.0.name", b"Base 7B"),
)


def gguf() -> bytes:
    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    pairs = b"".join(text(key) + struct.pack("<I", 8) + text(value) for key, value in _GGUF_TEXT)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(_GGUF_TEXT)) + pairs


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    (made / "clean.pkl").write_bytes(pickle.dumps([1.0, 2.0]))
    (made / "hostile.pkl").write_bytes(HOSTILE)
    (made / "markup.pkl").write_bytes(
        b"cposix\nsystem\n(S'</script><img src=x onerror=alert(1)>'\ntR."
    )
    (made / "torn.pkl").write_bytes(pickle.dumps({"a": 1})[:-2])
    (made / "model.gguf").write_bytes(gguf())
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("in/evil.pkl", HOSTILE)
    with zipfile.ZipFile(made / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    for name in NAMES:
        (made / name.replace("/", "\u2215")).write_bytes(HOSTILE)
    (made / os.fsdecode(b"\xff\xfe.pkl")).write_bytes(HOSTILE)
    return made


@pytest.fixture(scope="session")
def report(folder: Path) -> Report:
    return scan(folder)
