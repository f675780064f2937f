"""Chat templates of a repository against each other.

Sources: `tokenization_utils_base.py` of transformers, which prefers `chat_template.jinja` to what
the tokenizer's configuration holds; `gguf.py` of llama.cpp's converter, which copies the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.repositories.base import Folder

JINJA: Final = "chat_template.jinja"
_HOLDERS: Final = (
    JINJA,
    "chat_template.json!chat_template",
    "tokenizer_config.json!chat_template",
    "processor_config.json!chat_template",
)
_GGUF: Final = ".gguf!tokenizer.chat_template"


def drift(folder: Folder) -> Iterator[Anomaly]:
    """Yield an anomaly where programs would use different templates for the same model."""
    held = {
        path: digest
        for path, digest in folder.templates.items()
        if path in _HOLDERS or (path.endswith(_GGUF) and "/" not in path)
    }
    if len(set(held.values())) < 2:
        return
    names = sorted(held)[:20]
    message = f"the chat templates differ: {', '.join(names)}"
    values = tuple(Const(name) for name in names)
    at = Location(path=names[0])
    yield Anomaly(kind="repository-template-drift", message=message, values=values, at=at)
