"""What a model says of itself: its name, licence, base models, out of metadata of any format.

It is what the file claims, and nothing in it is checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modelassay.core.facts import Fact, Metadata
from modelassay.core.pattern import later
from modelassay.core.values import Const

_MOST: Final = 20
_LONGEST: Final = 200

#: What is told, and the keys under which formats hold it: GGUF's `general.*`, the model
#: specification of safetensors, Hugging Face configurations and cards, ONNX, CoreML.
_KEYS: Final = {
    "name": r"general\.(base)?name|modelspec\.title|name|model_name",
    "version": r"general\.version|modelspec\.version|model_version",
    "architecture": r"general\.architecture|modelspec\.architecture|model_type|architectures?"
    r"|architectures\[\d+\]",
    "author": r"general\.(author|organization)|modelspec\.author|author",
    "license": r"general\.license(\.name)?|modelspec\.license|license(_name)?(\[\d+\])?",
    "task": r"pipeline_tag",
    "library": r"library_name",
    "language": r"language(\[\d+\])?|general\.languages(\[\d+\])?",
    "base-model": r"general\.base_model\.\d+\.(repo_url|name)|base_model(_name_or_path)?|FROM"
    r"|base_model\[\d+\]",
    "dataset": r"general\.(dataset|datasets)(\.\d+\.(repo_url|name))?|datasets?(\[\d+\])?",
    "producer": r"producer_name|keras_version|transformers_version|framework",
}
_TELLS: Final = {name: later(pattern) for name, pattern in _KEYS.items()}


def about(facts: Iterable[Fact]) -> dict[str, tuple[str, ...]]:
    """Return what metadata among `facts` says of the model: for each name, the distinct values."""
    found: dict[str, dict[str, None]] = {}
    for fact in facts:
        if not isinstance(fact, Metadata) or not isinstance(fact.value, Const):
            continue
        value = fact.value.value
        if not isinstance(value, str) or not value.strip():
            continue
        for name, keys in _TELLS.items():
            if keys.fullmatch(fact.key) and len(found.setdefault(name, {})) < _MOST:
                found[name][value.strip()[:_LONGEST]] = None
    return {name: tuple(values) for name, values in found.items() if values}
