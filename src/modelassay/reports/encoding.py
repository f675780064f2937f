"""Bytes for programs: JSON and XML that strict readers take, the same for the same report."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec


def json_bytes(value: Any) -> bytes:
    r"""Return `value` as JSON. Stray surrogates of names are written out, as in `\udc80`."""
    return msgspec.json.format(_encoded(value), indent=2) + b"\n"


def json_line(value: Any) -> bytes:
    """Return `value` as JSON on one line."""
    return _encoded(value) + b"\n"


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="deterministic")
    except UnicodeEncodeError:
        return msgspec.json.encode(_valid(msgspec.to_builtins(value)), order="deterministic")


def ordered_json_bytes(value: Any) -> bytes:
    """Return `value` as JSON, its keys in the order in which they stand: the one people read in."""
    return msgspec.json.format(msgspec.json.encode(_valid(value)), indent=2) + b"\n"


@cache
def _no_xml() -> re.Pattern[str]:
    """Return what XML 1.0 has no way to write. Source: https://www.w3.org/TR/xml/#charsets."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return `text` without what XML cannot hold, which is written out as an escape."""
    return _no_xml().sub(lambda found: ascii(found[0])[1:-1], text)


def _valid(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_valid(key): _valid(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_valid(inner) for inner in value]
    return value
