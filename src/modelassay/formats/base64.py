"""A whole file that is base64 or hexadecimal text of something with a strong signature.

Source: RFC 4648. Words and keys are base64 too, so it counts only where what is decoded starts as
a pickle, an archive, a compressed stream, a program or a model with a magic number does.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Limit
from modelassay.formats.base import Child, Event, Incomplete, Refined, Source
from modelassay.formats.pickle import identify as is_pickle
from modelassay.io.blob import Blob, Memory

_TRIAL: Final = 4096
_SHORTEST: Final = 12
_MOST_LAYERS: Final = 4
_LARGEST: Final = 256 << 20
_SPACE: Final = b" \t\r\n"
_HEX: Final = re.compile(rb"(?:0x)?[0-9a-fA-F]+\Z")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}\Z")
_CONTENT: Final = re.compile(
    rb"\x80[\x00-\x05][\x93\x95(c\]})\x8cUXIKMJNS\x88\x89\x8f\x82-\x84CB\x8e\x8aGFVLPi]"  # a pickle
    rb"|\(?c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n"
    rb"|PK\x03\x04|\x1f\x8b\x08|BZh[1-9]1AY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|\x28\xb5\x2f\xfd"
    rb"|\x78[\x01\x5e\x9c\xda].|\x93NUMPY|\x89HDF\r\n"
    rb"|GGUF[\x00-\x03]|\x7fELF|MZ\x90\x00|\xac\xed\x00\x05|#!/|<\?xml |....(?:TFL3|ORTM|ET12|PTMF)"
    rb"|.{257}ustar",
    re.DOTALL,
)

#: Of a pickle without its protocol in front, words are too often a beginning.
_IMPORT: Final = re.compile(rb"[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|[\x94\w]\x93|\x80[\x00-\x05]")


def identify(blob: Blob) -> bool:
    """Whether all of `blob` is such text."""
    if not _holds_content(blob.head(_TRIAL)):
        return False
    return blob.size <= _TRIAL or all(
        not _strange(blob.read_at(offset, 1 << 20)) for offset in range(0, blob.size, 1 << 20)
    )


def _holds_content(head: bytes) -> bool:
    """Whether text that starts with `head` holds such content, through further text perhaps."""
    for _ in range(_MOST_LAYERS):
        head = _squeeze(head)
        coding = _coding(head.rstrip(b"=")) if len(head) >= _SHORTEST else None
        start = _decode(head[: len(head) // 4 * 4].rstrip(b"="), coding) if coding else None
        if start is None:
            return False
        if _CONTENT.match(start) or (_IMPORT.search(start) and is_pickle(Memory(start))):
            return True
        head = start
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield what the text decodes to."""
    blob = source.blob
    if blob.size > _LARGEST:
        message = f"text of {blob.size} bytes is not decoded"
        yield Limit(name="decoded", message=message)
        return
    text = _squeeze(blob.head(blob.size))
    coding = _coding(text[:_TRIAL].rstrip(b"="))
    content = _decode(text.rstrip(b"="), coding) if coding else None
    if content is None or coding is None:
        yield Incomplete("the text does not decode to its end")
        return
    yield Refined(coding)
    yield Child("content", Memory(content), role="content")


def _squeeze(text: bytes) -> bytes:
    return text.translate(None, _SPACE)


def _strange(text: bytes) -> bool:
    return _BASE64.match(_squeeze(text).rstrip(b"=") or b"A") is None


def _coding(text: bytes) -> str | None:
    if _HEX.match(text):
        return "hex"
    return "base64" if _BASE64.match(text) else None


def _decode(text: bytes, coding: str) -> bytes | None:
    """Decode text without its padding, `None` if it cannot be."""
    try:
        if coding == "hex":
            digits = text.removeprefix(b"0x")
            return binascii.unhexlify(digits[: len(digits) // 2 * 2])
        text = text.replace(b"-", b"+").replace(b"_", b"/")
        text = text[:-1] if len(text) % 4 == 1 else text
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
