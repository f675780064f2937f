"""Executables: ELF, PE, .NET, Mach-O, APE, WebAssembly, Java classes and DEX files.

They are told by their headers and never by a signature alone. Sources: see `modelassay.io.native`
and `modelassay.io.bytecode`, which read the headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Anomaly, Executable, Location
from modelassay.formats.base import Event, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.native import read_native


def identify(blob: Blob) -> bool:
    """Whether the headers of an executable start `blob`."""
    return read_native(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the executable, and what about its headers does not hold."""
    native = read_native(source.blob)
    if native is None:
        return
    yield Executable(type=native.type, size=native.size, at=Location(0))
    if native.fault:
        yield Anomaly(kind="executable-header", message=native.fault, at=Location(0))
    yield Skipped("machine code", source.blob.size)
