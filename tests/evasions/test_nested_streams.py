"""Streams inside of what a stream hands to a call."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable

import pytest

from tests.evasions.assembler import call, stream
from tests.helpers.scanning import rules_of, scan_bytes

INNER = stream(call("posix:system", "echo"))
WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS.keys())
@pytest.mark.parametrize("maker", ["builtins:bytes", "builtins:bytearray", "_io:BytesIO"])
def test_bytes_handed_on_as_bytes_are_read(wrap: Callable[[bytes], bytes], maker: str) -> None:
    report = scan_bytes(stream(call(maker, wrap(INNER))))
    assert rules_of(report).get("command-execution") == "critical"


@pytest.mark.parametrize("maker", ["builtins:bytes", "builtins:bytearray", "_codecs:encode"])
def test_bytes_handed_on_as_text_are_read(maker: str) -> None:
    report = scan_bytes(stream(call(maker, INNER.decode("latin-1"), "latin-1")))
    assert rules_of(report).get("command-execution") == "critical"
