"""GGML files of before GGUF: `ggml`, `ggmf`, `ggjt` (LLaMA) and `ggla` (LoRA adapters).

Source: `llama_file_loader` of llama.cpp at the commits that introduced each (ggmf, ggjt 1 and ggla:
spring 2023; ggjt 3: May 2023): seven numbers, a vocabulary with scores, then tensors, each with its
dimensions, name and bytes; from ggjt on the bytes are aligned to 32. What follows the magic `ggml`
differs from program to program (whisper, gpt-2, llama) and is only searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Location, Metadata, Tensor
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Notes, Skipped, Source
from modelassay.formats.gguf.types import TYPES
from modelassay.formats.gguf.window import Window
from modelassay.io.blob import Blob

_KINDS: Final = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt", b"algg": "ggla"}
_NUMBERS: Final = ("n_vocab", "n_embd", "n_mult", "n_head", "n_layer", "n_rot", "ftype")
_LAST_VERSION: Final = {"ggmf": 1, "ggjt": 3, "ggla": 1}
_ALIGNMENT: Final = 32
_MOST_DIMENSIONS: Final = 4
_LONGEST_NAME: Final = 4096
_MOST_GROUPS: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with one of the magics, little-endian, and a version there was."""
    head = blob.head(8)
    kind = _KINDS.get(head[:4], "")
    version = int.from_bytes(head[4:8], "little")
    return len(head) == 8 and (kind == "ggml" or version <= _LAST_VERSION.get(kind, -1))


def parse(source: Source) -> Iterator[Event]:
    """Yield the numbers of the header, the tensors by type and shape, and what is amiss."""
    blob, notes = source.blob, Notes()
    kind = _KINDS.get(blob.head(4), "")
    yield Metadata(key="GGML.format", value=Const(kind), at=Location(0))
    if kind == "ggml":
        yield Incomplete("what follows the magic differs from program to program")
        yield Child("@4", blob.sub(4), role="gap")
        return
    groups: dict[tuple[int, tuple[int, ...]], Tensor] = {}
    window = Window(blob, source.budget, "<", False, 4)
    try:
        yield from _header(window, kind, notes)
        while window.left > 0:
            _tensor(window, kind != "ggmf", groups, notes)
    except ReadError as error:
        notes.add("gguf-broken", str(error), error.offset)
        yield Incomplete(f"the file breaks off: {error}")
        at = min(error.offset or 0, window.position)
        yield Child(f"@{at}", blob.sub(at), role="gap")
    yield from groups.values()
    yield Skipped("tensor data", sum((fact.size or 0) * fact.count for fact in groups.values()))
    yield from notes.anomalies


def _header(window: Window, kind: str, notes: Notes) -> Iterator[Event]:
    version = window.u32()
    yield Metadata(key="GGML.version", value=Const(version), at=Location(4))
    names = ("lora_r", "lora_alpha") if kind == "ggla" else _NUMBERS
    numbers = {}
    for name in names:
        at = window.position
        numbers[name] = window.u32()
        yield Metadata(key=name, value=Const(numbers[name]), at=Location(at))
    count = numbers.get("n_vocab", 0)
    if count * 8 > window.left:
        message = f"the header claims {count} tokens, {window.left} bytes follow"
        notes.add("gguf-count", message, 8, count, window.left)
    for _ in range(count):
        window.text(0)
        window.skip(4)


def _tensor(
    window: Window, aligned: bool, groups: dict[tuple[int, tuple[int, ...]], Tensor], notes: Notes
) -> None:
    start = window.position
    dimensions, length, kind = window.u32(), window.u32(), window.u32()
    element = TYPES.get(kind)
    if dimensions > _MOST_DIMENSIONS or length > _LONGEST_NAME or element is None:
        message = f"{dimensions} dimensions, a name of {length} bytes, type {kind}"
        notes.add("gguf-tensor-type", f"no tensor has {message}", start, kind)
        raise ReadError("no tensor starts here", start)
    shape = tuple(window.u32() for _ in range(dimensions))
    window.skip(length)
    if aligned:
        window.skip(-window.position % _ALIGNMENT)
    size = -(-prod(shape) // element.block) * element.size
    if size > window.left:
        message = f"a tensor claims {size} bytes, {window.left} are left"
        notes.add("gguf-bounds", message, start, size, window.left)
        raise ReadError(message, window.position)
    window.skip(size)
    key = (kind, shape) if len(groups) < _MOST_GROUPS else (kind, ())
    if key in groups:
        groups[key].count += 1
    else:
        groups[key] = Tensor(name="", dtype=element.name, shape=key[1], size=size)
