"""Hugging Face repositories: models, adapters, pipelines, sentence transformers, checkpoints.

Sources: `modeling_utils.py`, `dynamic_module_utils.py`, `generation/utils.py`, `trainer.py` of
transformers 5.23; `pipelines/pipeline_loading_utils.py` and `utils/dynamic_modules_utils.py` of
diffusers 0.42; `util/misc.py` of sentence-transformers 6.2; `peft_model.py` of PEFT 0.21; the
documentation of Inference Endpoints and of the Hugging Face containers of SageMaker. What files
say by themselves is told by their formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.repositories.base import Event, Folder
from modelassay.repositories.huggingface import code, templates, weights

_CONFIGS: Final = frozenset(("hf-config", "tokenizer-config"))


def recognise(folder: Folder) -> bool:
    """Whether a configuration of these libraries stands in it, or what they load by its name."""
    if any(file.format in _CONFIGS for file in folder.here()):
        return True
    return "custom_generate/generate.py" in folder or (
        folder.first("handler.py", "config.json") is not None and weights.any_of(folder)
    )


def read(folder: Folder) -> Iterator[Event]:
    """Yield what loaders would take and run, and where the files do not agree."""
    found = code.find(folder)
    yield from found.events
    yield from weights.shards(folder)
    yield from weights.resumed(folder)
    yield from templates.drift(folder)
    yield from weights.loading(folder, found)
