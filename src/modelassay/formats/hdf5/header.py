"""Object headers: the messages that describe a group, dataset or named type (IV.A)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from modelassay.formats.hdf5.file import Fields, File, FormatError

DATASPACE, LINK_INFO, DATATYPE, FILL_OLD, FILL = 0x01, 0x02, 0x03, 0x04, 0x05
LINK, EXTERNAL_FILES, LAYOUT, GROUP_INFO, FILTERS = 0x06, 0x07, 0x08, 0x0A, 0x0B
ATTRIBUTE, SHARED_TABLE, CONTINUATION, SYMBOL_TABLE = 0x0C, 0x0F, 0x10, 0x11
ATTRIBUTE_INFO: Final = 0x15

SHARED: Final = 2
_MOST_MESSAGES: Final = 200_000
_MOST_BLOCKS: Final = 10_000


class Message(msgspec.Struct):
    """A message: its type, flags and body. `at` is the offset of the body in the file."""

    type: int
    flags: int
    data: bytes
    at: int

    def fields(self, file: File) -> Fields:
        """Return the body as a block."""
        return Fields(self.data, self.at, file)


def read_header(file: File, address: int) -> list[Message]:
    """Return the messages of the object at `address`. Raises `ReadError` and `FormatError`."""
    prefix = file.upto(address, 64)
    if prefix.startswith(b"OHDR"):
        size, messages = _read_prefix_2(prefix)
    else:
        size, messages = _read_prefix_1(prefix)
    found: list[Message] = []
    seen = {prefix.position - file.base}
    blocks = [file.fields(prefix.position - file.base, size)]
    for block in blocks:
        before = len(found)
        messages(block, found)
        file.work(len(found) - before)
        for message in found[before:]:
            if message.type == CONTINUATION:
                message.type = 0
                blocks += _continuation(file, message, seen, old=messages is _messages_1)
        if len(found) > _MOST_MESSAGES or len(blocks) > _MOST_BLOCKS:
            raise FormatError("the object header has too many messages", file.base + address)
    return [message for message in found if message.type]


Reader = Callable[[Fields, list[Message]], None]


def _read_prefix_1(prefix: Fields) -> tuple[int, Reader]:
    version = prefix.u8()
    if version != 1:
        message = f"there is no object header of version {version}"
        raise FormatError(message, prefix.position - 1)
    prefix.skip(1 + 2 + 4)
    size = prefix.u32()
    prefix.skip(4)
    return size, _messages_1


def _read_prefix_2(prefix: Fields) -> tuple[int, Reader]:
    at = prefix.position
    prefix.skip(4)
    version, flags = prefix.u8(), prefix.u8()
    if version != 2:
        raise FormatError(f"there is no object header of version {version}", at)
    prefix.skip((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
    size = prefix.uint(1 << (flags & 3))
    return size, _messages_2_ordered if flags & 4 else _messages_2


def _continuation(file: File, message: Message, seen: set[int], old: bool) -> list[Fields]:
    """Return the block a continuation leads to, without its signature and checksum."""
    body = message.fields(file)
    address, length = body.address(), body.length()
    if address is None:
        return []
    if address in seen:
        text = "the object header continues where it has been read already"
        raise FormatError(text, message.at, "hdf5-loop")
    seen.add(address)
    if old:
        return [file.fields(address, length)]
    return [file.signed(address, b"OCHK", length).sub(max(length - 8, 0))]


def _messages_1(block: Fields, found: list[Message]) -> None:
    while block.left >= 8:
        kind, size, flags, _ = block.unpack("<HHB3s")
        at = block.position
        found.append(Message(kind, flags, block.read(size), at))


def _messages_2(block: Fields, found: list[Message], ordered: int = 0) -> None:
    while block.left >= 4 + ordered:
        kind, size, flags = block.unpack("<BHB")
        block.skip(ordered)
        at = block.position
        found.append(Message(kind, flags, block.read(size), at))


def _messages_2_ordered(block: Fields, found: list[Message]) -> None:
    _messages_2(block, found, ordered=2)
