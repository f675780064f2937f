"""Protobuf messages and flatbuffers made by hand, and what a scan says of them."""

from __future__ import annotations

import struct
from typing import TypeAlias

from modelassay.core.report import Report
from modelassay.io.blob import Memory
from modelassay.io.textproto import varint
from modelassay.kernel import Item, Scanner


def field(number: int, value: bytes | str | int) -> bytes:
    """Return a field of bytes, text or a number."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & ((1 << 64) - 1))
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def scan_bytes(data: bytes, name: str = "file") -> Report:
    """Return the report of a scan of `data`."""
    scanner = Scanner([name])
    scanner.scan(Item(name, lambda: Memory(data)))
    return scanner.finish()


def found(data: bytes) -> dict[str, str]:
    """Return the rules that fire on `data`, each with its worst severity."""
    worst: dict[str, str] = {}
    for finding in scan_bytes(data).findings:  # the worst come first
        worst.setdefault(finding.rule, str(finding.severity))
    return worst


Slot: TypeAlias = "bytes | Table | list[Table] | Numbers | str | None"


class Numbers(list[int]):
    """A vector of 32-bit numbers."""


class Table:
    """A flatbuffer table: scalars are `bytes`, all else stands behind an offset."""

    def __init__(self, *slots: Slot) -> None:
        self.slots = slots


def flatbuffer(root: Table, identifier: bytes) -> bytes:
    """Return a flatbuffer: every table is followed by what it leads to, so offsets lead forward."""
    out = bytearray(b"\0\0\0\0" + identifier)
    _offset(out, 0, _table(out, root))
    return bytes(out)


def _table(out: bytearray, table: Table) -> int:
    places = []
    size = 4
    for slot in table.slots:
        places.append(size if slot is not None else 0)
        size += len(slot) if isinstance(slot, bytes) else 4 if slot is not None else 0
    layout = len(out)
    out += struct.pack(f"<HH{len(places)}H", 4 + 2 * len(places), size, *places)
    start = len(out)
    out += struct.pack("<i", start - layout)
    for slot in table.slots:
        out += slot if isinstance(slot, bytes) else b"\0" * (4 if slot is not None else 0)
    for slot, place in zip(table.slots, places, strict=True):
        if slot is not None and not isinstance(slot, bytes):
            _offset(out, start + place, _inner(out, slot))
    return start


def _inner(out: bytearray, slot: Slot) -> int:
    if isinstance(slot, Table):
        return _table(out, slot)
    start = len(out)
    if isinstance(slot, str):
        out += struct.pack("<I", len(slot)) + slot.encode() + b"\0"
    elif isinstance(slot, Numbers):
        out += struct.pack(f"<I{len(slot)}i", len(slot), *slot)
    elif isinstance(slot, list):
        out += struct.pack("<I", len(slot)) + b"\0" * (4 * len(slot))
        for index, table in enumerate(slot):
            _offset(out, start + 4 + 4 * index, _table(out, table))
    return start


def _offset(out: bytearray, at: int, target: int) -> None:
    out[at : at + 4] = struct.pack("<I", target - at)
