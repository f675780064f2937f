"""Bytes that are passed to a call, or set as a state, and may be an artifact of their own.

Source: `Modules/_io/bytesio.c`, whose state is the bytes of a file, a position, and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.constants import Constants
from modelassay.formats.pickle.store import DICT, GLOBAL, TUPLE, Store
from modelassay.io.blob import Blob, Memory
from modelassay.io.tar import BLOCK, checksum_holds

_SHORTEST: Final = 12
_MOST_ARGUMENTS: Final = 64
_MOST_SEEN: Final = 1 << 16
_HEAD: Final = 1 << 16
_LONGEST_TEXT: Final = 1 << 26
_SMALL: Final = 1 << 12
#: Items of the state of an array: a version, shape, element type, order, elements.
_ARRAY_STATE: Final = 5
#: First bytes of what a reader of tar archives unpacks first.
_PACKED: Final = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x5d\0\0", b"\x28\xb5\x2f\xfd")
#: Callables that make bytes of text whose characters are the bytes, as protocols below 3 write it.
ENCODERS: Final = frozenset(
    {
        ("_codecs", "encode"),
        ("codecs", "encode"),
        ("builtins", "bytes"),
        ("builtins", "bytearray"),
    }
)
#: First bytes of pickles with a header, archives, compressed streams, arrays, executables and code
#: objects.
_SURE: Final = re.compile(
    rb"\x80[\x00-\x05]|PK\x03\x04|PK\x05\x06|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\x00|7z\xbc\xaf|\x5d\x00\x00"
    rb"|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|\x93NUMPY|\x7fELF|MZ"
    rb"|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe"
    rb"|[\xe3c](?:[\x00-\x0f]\x00{3}){3}"
)
#: First bytes of pickles without one; they need an opcode that names a global to do harm.
_PERHAPS: Final = frozenset(b"(c]}IVSXTUKMJGNLFBCiP)\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96")
#: The record that ends a ZIP archive: whatever stands in front of one, a loader reads it. Where its
#: comment is written as text, it is twice as long.
_END: Final = b"PK\x05\x06"
_MOST_END: Final = 1 << 17
_END_SIZE: Final = 22
_NAMES_GLOBAL: Final = re.compile(rb"[ci][^\n]{1,200}\n[^\n]{1,200}\n|[\x82\x83\x84\x93]")


class Payloads:
    """Finds what may be a payload among the arguments of the calls of one stream, each once."""

    def __init__(self, store: Store, constants: Constants) -> None:
        self.store = store
        self.constants = constants
        self._seen: set[int] = set()

    def find(self, callable_: int, args: int, kwargs: int) -> Iterator[Blob]:
        """Yield the bytes among the arguments of a call that may be more than data."""
        store = self.store
        encodes = store.kind(callable_) == GLOBAL and store.name(callable_) in ENCODERS
        for ref in (args, kwargs):
            if store.kind(ref) not in (TUPLE, DICT) or not self._first_time(ref):
                continue
            for item in islice(store.items(ref), _MOST_ARGUMENTS):
                if item >= 0:
                    is_text = encodes and self.constants.is_text(item)
                    blob = self._text(item) if is_text else self._bytes(item)
                    if blob is not None:
                        yield blob

    def of_state(self, state: int) -> Blob | None:
        """Return the bytes that are a state or stand first in it, if they may be more than data."""
        if self.store.kind(state) == TUPLE:
            state = next(self.store.items(state), -1)
        return self._bytes(state) if state >= 0 else None

    def elements(self, state: int) -> int | None:
        """Return what stands for the elements in the state of an array."""
        items = list(islice(self.store.items(state), _ARRAY_STATE + 1))
        return items[-1] if len(items) == _ARRAY_STATE else None

    def archive(self, ref: int) -> Blob | None:
        """Return a constant that is an archive."""
        code, _, length = self.constants.raw(ref, 0)
        if length < _END_SIZE or (code not in op.BYTES and code not in op.COUNTED_STRINGS):
            return None
        blob = self.constants.window.blob.sub(self.constants.start(ref), length)
        return blob if is_archive(blob.head(BLOCK), blob) else None

    def _first_time(self, key: int) -> bool:
        if key in self._seen:
            return False
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(key)
        return True

    def _bytes(self, ref: int) -> Blob | None:
        constants = self.constants
        code, head, length = constants.raw(ref, _SHORTEST)
        if length < _SHORTEST or (code not in op.BYTES and code not in op.COUNTED_STRINGS):
            return None
        blob = constants.window.blob.sub(constants.start(ref), length)
        starts = _SURE.match(head) or head[0] in _PERHAPS
        known = starts and may_be_payload(constants.raw(ref, _HEAD)[1])
        if not known and not is_archive(constants.raw(ref, BLOCK)[1], blob):
            return None
        if length <= _SMALL and not self._first_time(hash(blob.head(_SMALL))):
            return None
        return blob

    def _text(self, ref: int) -> Blob | None:
        constants = self.constants
        start = constants.start_of_text(ref, _HEAD).encode("latin-1", "ignore")
        if len(start) < _SHORTEST:
            return None
        written = constants.window.blob.sub(constants.start(ref), constants.raw(ref)[2])
        if not may_be_payload(start) and not is_archive(start[:BLOCK], written):
            return None
        text = constants.text(ref, _LONGEST_TEXT)
        return Memory(text.encode("latin-1", "ignore")) if text is not None else None


def may_be_payload(data: bytes) -> bool:
    """Whether bytes that start with `data` may be more than numbers."""
    if not data:
        return False
    if _SURE.match(data):
        return True
    return data[0] in _PERHAPS and _NAMES_GLOBAL.search(data) is not None


def is_archive(head: bytes, whole: Blob) -> bool:
    """Whether bytes start with a tar archive or end as a ZIP archive, written as text or not."""
    if head.startswith(_PACKED):
        return True
    tail = whole.read_at(max(whole.size - _MOST_END, 0), _MOST_END)
    return _END in tail or checksum_holds(head)
