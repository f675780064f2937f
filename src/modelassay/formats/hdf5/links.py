"""Links of a group, in any of the ways one keeps them (specification, III.B, III.C, IV.A.2.g)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from modelassay.core.errors import ReadError
from modelassay.formats.hdf5 import btree
from modelassay.formats.hdf5 import header as h
from modelassay.formats.hdf5.file import Fields, File, FormatError
from modelassay.formats.hdf5.fractal import FractalHeap
from modelassay.formats.hdf5.heaps import LocalHeap

_HARD, _SOFT, _FIRST_USER, _EXTERNAL = 0, 1, 64, 64
_SYMBOLIC: Final = 2
_BY_NAME: Final = 5


class Link(msgspec.Struct, frozen=True):
    """A link: hard to an `address`, soft to a path, external to a `file` and a path in it.

    `at` is its offset in the file; `user` is the number of a user-defined type.
    """

    name: str
    type: Literal["hard", "soft", "external", "user"]
    at: int
    address: int | None = None
    target: str = ""
    file: str = ""
    user: int = 0


def read_links(file: File, messages: list[h.Message], path: str) -> Iterator[Link]:
    """Yield the links of a group; what cannot be read is noted and the rest goes on."""
    for message in messages:
        try:
            if message.type == h.LINK:
                yield read_link(message.fields(file))
            elif message.type == h.SYMBOL_TABLE:
                yield from _symbol_table(file, message, path)
            elif message.type == h.LINK_INFO:
                yield from _dense(file, message, path)
        except (ReadError, FormatError) as error:
            file.broken(error, path)


def read_link(block: Fields) -> Link:
    """Read a link message."""
    at = block.position
    version, flags = block.u8(), block.u8()
    if version != 1:
        raise FormatError(f"there is no link of version {version}", at)
    kind = block.u8() if flags & 8 else _HARD
    block.skip((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    name = block.read(block.uint(1 << (flags & 3))).decode("utf-8", "replace")
    if kind == _HARD:
        return Link(name, "hard", at, block.address())
    value = block.sub(block.u16())
    if kind == _SOFT:
        return Link(name, "soft", at, target=_text(value))
    if kind < _FIRST_USER:
        raise FormatError(f"there is no link of type {kind}", at)
    if kind != _EXTERNAL:
        return Link(name, "user", at, user=kind)
    value.skip(1)
    outside = value.text()
    return Link(name, "external", at, target=_text(value).rstrip("\0"), file=outside)


def _text(block: Fields) -> str:
    return block.read(block.left).decode("utf-8", "replace")


def _symbol_table(file: File, message: h.Message, path: str) -> Iterator[Link]:
    body = message.fields(file)
    tree, heap_at = body.address(), body.address()
    if tree is None or heap_at is None:
        return
    heap = LocalHeap(file, heap_at)
    for node in btree.group_nodes(file, tree):
        try:
            yield from _symbol_node(file, node, heap)
        except (ReadError, FormatError) as error:
            file.broken(error, path)


def _symbol_node(file: File, address: int, heap: LocalHeap) -> Iterator[Link]:
    head = file.signed(address, b"SNOD", 8)
    _, _, count = head.unpack("<BBH")
    entry = 2 * file.offset_size + 24
    block = file.fields(address + 8, count * entry)
    for _ in range(count):
        at = block.position
        name, target = heap.text(block.uint(file.offset_size)), block.address()
        kind, _ = block.unpack("<II")
        scratch = block.read(16)
        if kind == _SYMBOLIC:
            soft = heap.text(int.from_bytes(scratch[:4], "little"))
            yield Link(name, "soft", at, target=soft)
        else:
            yield Link(name, "hard", at, target)


def _dense(file: File, message: h.Message, path: str) -> Iterator[Link]:
    body = message.fields(file)
    body.skip(1)
    body.skip(8 if body.u8() & 1 else 0)
    heap_at, tree = body.address(), body.address()
    if heap_at is None or tree is None:
        return
    heap = FractalHeap(file, heap_at)
    for kind, record in btree.records(file, tree):
        record.skip(4 if kind == _BY_NAME else 8)
        try:
            data, at = heap.get(record.read(heap.id_size))
            yield read_link(Fields(data, at, file))
        except (ReadError, FormatError) as error:
            file.broken(error, path)
