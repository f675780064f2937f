"""Tables of data: Parquet, Arrow and Feather files. Their footers are held against their size.

Sources: https://parquet.apache.org/docs/file-format/ ;
https://arrow.apache.org/docs/format/Columnar.html (IPC file format); the Feather V1 format of Arrow
0.17. Such files are data, but for one thing: a column type of PyArrow that is a pickle
(`arrow.py_extension_type`), told and handed on.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob, Memory

_PARQUET: Final = (b"PAR1", b"PARE")
_ARROW: Final = b"ARROW1"
_FEATHER: Final = b"FEA1"
_PICKLED: Final = b"arrow.py_extension_type"
_LARGEST_FOOTER: Final = 64 << 20
_SCHEMA: Final = 1 << 22
_MOST_TAIL: Final = 1 << 20
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as such a file does, with a footer where it should stand."""
    head = blob.head(8)
    return head.startswith((*_PARQUET, _ARROW + b"\0\0", _FEATHER)) and blob.size >= 12


def parse(source: Source) -> Iterator[Event]:
    """Yield what is wrong with the footer, what stands behind it, and types that are pickles."""
    blob = source.blob
    head = blob.head(6)
    mark = _ARROW if head.startswith(_ARROW) else head[:4]
    end = blob.size
    if blob.sub(end - len(mark)).head(len(mark)) != mark:
        tail = blob.sub(end - _MOST_TAIL).head(_MOST_TAIL)
        found = tail.rfind(mark)
        start = max(end - _MOST_TAIL, 0)
        end = start + found + len(mark) if found >= 0 and start + found > len(mark) else 0
        if end:
            message = f"{blob.size - end} bytes stand behind the end"
            yield Anomaly(kind="trailing-data", message=message, at=Location(end))
            yield Child(f"@{end}", blob.sub(end), role="tail")
    footer = end - len(mark) - 4
    size = int.from_bytes(blob.sub(max(footer, 0)).head(4), "little") if footer > 0 else -1
    if not 0 < size <= footer - len(mark):
        message = "the footer is not there, or does not lie in the file"
        yield Anomaly(kind="model-structure", message=message, at=Location(max(footer, 0)))
        yield Incomplete(message)
        return
    yield from _pickles(blob, footer - size, min(size, _LARGEST_FOOTER))
    yield Skipped("table data", footer - size)


def _pickles(blob: Blob, start: int, size: int) -> Iterator[Event]:
    """Yield the schemas that name the type that is a pickle; in Parquet they are base64."""
    places = [blob.sub(start, size).head(size), blob.head(_SCHEMA)]
    texts = [(start, places[0]), (0, places[1])]
    for found in _BASE64.finditer(places[0]):
        try:
            data = found.group()
            texts.append((start, base64.b64decode(data[: len(data) // 4 * 4])))
        except (binascii.Error, ValueError):
            continue
    for at, text in texts:
        if _PICKLED in text:
            where = Location(at)
            yield Reference(role="column-type", target=_PICKLED.decode(), at=where)
            yield Child("schema", Memory(text), role="gap")
            return
