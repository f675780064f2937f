"""What the name of a file promises: suffixes of formats that carry no code."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from modelassay.core.pattern import later

#: Formats whose loaders run what they hold.
_RUNNING: Final = frozenset(("pickle", "pytorch-zip", "pytorch-legacy", "pytorch-tar"))
#: Suffixes of formats whose loaders do not, and by which people take a file for harmless.
_PASSIVE: Final = (
    *(".safetensors", ".gguf", ".ggml", ".onnx", ".ort", ".tflite", ".pb", ".pbtxt", ".msgpack"),
    *(".h5", ".hdf5", ".keras", ".npy", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".xml"),
    *(".txt", ".md", ".csv", ".tsv", ".parquet", ".arrow", ".png", ".jpg", ".jpeg", ".gif", ".wav"),
)
#: Names by which programs take a text for source, whatever it looks like.
_TAKEN: Final = (
    (later(r"\.pyw?\Z", re.I), "python-module"),
    (
        later(r"\.(?:sh|bash|zsh|ksh)\Z|(?:^|\.)(?:Docker|Container)file(?:\.\w+)?\Z", re.I),
        "shell",
    ),
    (
        later(r"^(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)\Z", re.I),
        "requirements",
    ),
)


def taken_for(name: str) -> str | None:
    """Return the format that a text of this name is read as, besides what it is recognised as."""
    last = re.split(r"[/\\!]", name)[-1]
    return next((word for pattern, word in _TAKEN if pattern.search(last)), None)


def broken_promise(name: str, ids: Collection[str]) -> tuple[str, str] | None:
    """Return the suffix of `name` and the format that belies it, `None` where none does.

    `ids` are the formats that the bytes are. Other formats under such a name are as harmless as it
    says, or their own rules tell of them.
    """
    suffix = next((end for end in _PASSIVE if name.lower().endswith(end)), None)
    running = next((found for found in ids if found in _RUNNING), None)
    return (suffix, running) if suffix and running else None
