"""The key-value pairs of a GGUF file.

Source: `docs/gguf.md` of ggml; `gguf_init_from_reader` of llama.cpp's `ggml/src/gguf.cpp`, whose
limits and refusals these checks follow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Limit, Location, Metadata
from modelassay.core.values import Const, Sequence, Value
from modelassay.formats.base import Child, Event, Notes
from modelassay.formats.gguf.window import Window

_SCALARS: Final = "BbHhIif?"  # types 0 to 7
_UINT32: Final = 4
_STRING: Final = 8
_ARRAY: Final = 9
_WIDE_SCALARS: Final = {10: "Q", 11: "q", 12: "d"}
_PREVIEW: Final = 2000
_LONGEST_KEY: Final = 65_535
_MOST_FACTS: Final = 5000
_KEPT_ITEMS: Final = 64
_DEEPEST: Final = 4
_LEAST_BINARY: Final = 64
_MOST_HELD: Final = 200  # of one pair
_LARGEST_NUMBERS: Final = 1 << 19  # scores of larger vocabularies would take most of the time
_INT32: Final = (1 << 31) - 1
_LARGEST_ALIGNMENT: Final = 1 << 20
_MOST_LAYERS: Final = 512
_ALIGNMENT: Final = b"general.alignment"
_TEMPLATE: Final = "tokenizer.chat_template"


class Reader:
    """Reads the pairs. `values` keeps the few that matter to the rest of the file."""

    def __init__(self, window: Window, notes: Notes) -> None:
        self.window = window
        self.notes = notes
        self.values: dict[str, int] = {}
        self._codes = {
            number: struct.Struct(window.order + code)
            for number, code in (*enumerate(_SCALARS), *_WIDE_SCALARS.items())
        }
        self._keys: set[bytes] = set()
        self._facts = 0
        self._held: list[Child] = []

    @property
    def alignment(self) -> int:
        """The alignment of the tensors, 32 where what the file says cannot be."""
        value = self.values.get(_ALIGNMENT.decode(), 32)
        return value if 0 < value <= _LARGEST_ALIGNMENT and not value & (value - 1) else 32

    def read(self, count: int) -> Iterator[Event]:
        """Yield the facts of `count` pairs. Raises `ReadError` where they break off."""
        for _ in range(count):
            yield from self._pair()
        self._check()

    def _pair(self) -> Iterator[Event]:
        window = self.window
        start = window.position
        raw, size = window.text(_LONGEST_KEY)
        key = raw.decode("utf-8", "backslashreplace")
        if not 0 < size <= _LONGEST_KEY:
            self.notes.add("gguf-key", f"a key has {size} bytes", start, size)
        if raw in self._keys:
            self.notes.add("gguf-duplicate", f"the key {key!r} stands twice", start)
        self._keys.add(raw)
        kind = window.u32()
        at = window.position
        if raw == _ALIGNMENT and kind != _UINT32:
            self.notes.add("gguf-alignment", f"the alignment has the value type {kind}", at, kind)
        if kind == _STRING:
            text, size = window.text(_PREVIEW)
            value: Value = _const(text, size)
            if key.startswith(_TEMPLATE):
                yield self._template(key, size)
                value = Const("", size)
            elif b"\0" in text[:_LEAST_BINARY]:
                self._hold(key, size)
        elif kind == _ARRAY:
            value = self._array(key, 0)
        elif kind in self._codes:
            (number,) = window.take(self._codes[kind])
            value = Const(number)
            if isinstance(number, int):
                self.values[key[:200]] = number
        else:
            self.notes.add("gguf-type", f"{key!r} has the value type {kind}", at, kind)
            raise ReadError(f"there is no value type {kind}", at)
        yield from self._held
        self._held.clear()
        self._facts += 1
        if self._facts < _MOST_FACTS:
            yield Metadata(key=key[:_PREVIEW], value=value, at=Location(start))
        elif self._facts == _MOST_FACTS:
            message = f"more than {_MOST_FACTS} keys, the rest is only checked"
            yield Limit(name="metadata", message=message, at=Location(start))

    def _hold(self, key: str, size: int) -> None:
        """Hand on bytes that were just read and are no text: a file can be carried in them."""
        if size >= _LEAST_BINARY and len(self._held) < _MOST_HELD:
            start = self.window.position - size
            blob = self.window.blob.sub(start, size)
            name = f"{key[:200]}@{start}"
            self._held.append(Child(name, blob, role="found", place="metadata"))

    def _template(self, key: str, size: int) -> Child:
        start = self.window.position - size
        blob = self.window.blob.sub(start, size)
        return Child(key, blob, format="chat-template", dialect="gguf")

    def _array(self, key: str, depth: int) -> Value:
        """Move over an array; return its strings if they are few, else only their number."""
        window = self.window
        start = window.position
        kind, count = window.u32(), window.length()
        code = self._codes.get(kind)
        width = code.size if code else 8 if window.wide else 4
        if count * width > window.left:
            message = f"the array {key!r} claims {count} elements, {window.left} bytes are left"
            self.notes.add("gguf-count", message, start, count, window.left)
            raise ReadError(message, start)
        if code is not None:
            window.skip(count * width)
            if width == 1 or count * width <= _LARGEST_NUMBERS:
                self._hold(key, count * width)
        elif kind == _STRING and count <= _KEPT_ITEMS:
            items = tuple(_const(*window.text(_PREVIEW)) for _ in range(count))
            return Sequence("list", items)
        elif kind == _STRING:
            longest = window.skip_texts(count)
            if longest > _INT32:
                message = f"a string of {key!r} has {longest} bytes"
                self.notes.add("gguf-string", message, start, longest)
        elif kind == _ARRAY:
            self._nested(key, count, depth, start)
        else:
            self.notes.add("gguf-type", f"{key!r} has elements of the type {kind}", start, kind)
            raise ReadError(f"there is no value type {kind}", start)
        return Sequence("list", (), count)

    def _nested(self, key: str, count: int, depth: int, start: int) -> None:
        """Move over an array of arrays, which the format allows and no reader takes."""
        self.notes.add("gguf-nested-array", f"{key!r} is an array of arrays", start)
        if depth >= _DEEPEST:
            message = f"arrays are nested more than {_DEEPEST} levels deep"
            self.notes.add("gguf-nesting", message, start)
            raise ReadError(message, start)
        for _ in range(count):
            self._array(key, depth + 1)

    def _check(self) -> None:
        """Hold the values against what loaders do with them."""
        alignment = self.values.get(_ALIGNMENT.decode(), 32)
        if alignment != self.alignment:
            message = f"the alignment is {alignment}"
            self.notes.add("gguf-alignment", message, None, alignment)
        for key, value in self.values.items():
            if key.endswith(".block_count") and not 0 <= value <= _MOST_LAYERS:
                self.notes.add("gguf-layers", f"{key!r} is {value}", None, value)
        number, count = self.values.get("split.no", 0), self.values.get("split.count", 0)
        if "split.count" in self.values and not 0 <= number < max(count, 1):
            message = f"the file is part {number} of {count}"
            self.notes.add("gguf-split", message, None, number, count)


def _const(data: bytes, size: int) -> Const:
    text = data.decode("utf-8", "backslashreplace")
    return Const(text) if size == len(data) else Const(text, size)
