"""Base64 and hexadecimal text: only where it hides something, never ordinary text."""

from __future__ import annotations

import base64
import gzip
import pickle

import pytest

from modelassay.formats.base64 import identify
from modelassay.io.blob import Memory
from tests.helpers.events import PAYLOAD, Said, honest
from tests.helpers.zips import Made, build

HIDDEN = {
    "pickle": PAYLOAD,
    "protocol 0": b"cbuiltins\nprint\n(S'hi'\ntR.",
    "large pickle": pickle.dumps(list(range(10_000))),
    "zip": build(Made(b"a", PAYLOAD)),
    "gzip": gzip.compress(PAYLOAD, mtime=0),
}
CODINGS = {
    "base64": (base64.b64encode, "base64"),
    "lines": (base64.encodebytes, "base64"),
    "url": (base64.urlsafe_b64encode, "base64"),
    "unpadded": (lambda data: base64.b64encode(data).rstrip(b"="), "base64"),
    "hex": (lambda data: data.hex().encode(), "hex"),
    "0x": (lambda data: b"0x" + data.hex().encode(), "hex"),
}


@pytest.mark.parametrize("content", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_hidden_is_read(content: bytes, coding: str) -> None:
    encode, name = CODINGS[coding]
    text = encode(content)  # type: ignore[operator]
    assert identify(Memory(text))
    said = Said("base64", text)
    assert honest(said)
    assert said.refined() == [name]
    assert said.children("content") == {"content": content}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        b"The quick brown fox jumps over the lazy dog " * 200,
        b"PK\x03\x04",
        b"deadbeef" * 100,
        b"0123456789abcdef" * 8,
        base64.b64encode(b"some ordinary text that is encoded"),
        base64.b64encode(PAYLOAD) + b"!",
        base64.b64encode(PAYLOAD * 1000) + b"\x00",
    ],
)
def test_ordinary_text_is_left_alone(text: bytes) -> None:
    assert not identify(Memory(text))
