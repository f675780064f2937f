"""Text, source and configuration: nothing that loads by itself.

Recognised by content: bytes that decode as UTF-8 (or UTF-16 behind its byte order mark) and hold no
control characters but white space.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Event, Source
from modelassay.io.blob import Blob

_CHUNK: Final = 1 << 20
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def identify(blob: Blob) -> bool:
    """Whether all of `blob` is text; an empty file is."""
    head = blob.head(_CHUNK)
    encoding = _MARKS.get(head[:2], "utf-8")
    if encoding == "utf-8" and b"\0" in head:
        return False
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for offset in range(0, blob.size, _CHUNK):
            data = head if offset == 0 else blob.read_at(offset, _CHUNK)
            if _CONTROL.search(decoder.decode(data)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def parse(source: Source) -> Iterator[Event]:
    """Yield nothing: text is inert."""
    yield from ()
