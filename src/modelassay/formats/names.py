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
_TAKEN: Final = later(
    r"(?P<python_module>.*\.pyw?)"
    r"|(?P<shell>.*\.(?:sh|bash|zsh|ksh)|(?:.*\.)?(?:Docker|Container)file(?:\.\w+)?)"
    r"|(?P<requirements>(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in))",
    re.IGNORECASE | re.DOTALL,
)


def taken_for(name: str) -> str | None:
    """Return the format that a text of this name is read as, besides what it is recognised as."""
    last = name[max(name.rfind("/"), name.rfind("\\"), name.rfind("!")) + 1 :]
    found = _TAKEN.fullmatch(last)
    return found.lastgroup.replace("_", "-") if found and found.lastgroup else None


def broken_promise(name: str, ids: Collection[str]) -> tuple[str, str] | None:
    """Return the suffix of `name` and the format that belies it, `None` where none does.

    `ids` are the formats that the bytes are. Other formats under such a name are as harmless as it
    says, or their own rules tell of them.
    """
    running = next((found for found in ids if found in _RUNNING), None)
    name = name.lower()
    if running is None or not name.endswith(_PASSIVE):
        return None
    return next(end for end in _PASSIVE if name.endswith(end)), running
