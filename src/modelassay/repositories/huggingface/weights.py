"""Weights of a repository: which of its files a loader takes, and whether all are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.report import Loading
from modelassay.core.values import Const
from modelassay.repositories.base import Event, Folder, inside
from modelassay.repositories.huggingface.code import GENERATE, HANDLER, PIPELINE, SAGEMAKER, Code
from modelassay.repositories.huggingface.templates import JINJA

#: In the order in which loaders look for them.
_MODEL: Final = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_OTHERS: Final = ("tf_model.h5", "flax_model.msgpack", "model.ckpt.index", "consolidated.pth")
_ADAPTER: Final = ("adapter_model.safetensors", "adapter_model.bin")
_COMPONENT: Final = (
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.bin",
    "diffusion_pytorch_model.bin.index.json",
    *_MODEL,
)
_RESUMED: Final = re.compile(
    r"(?:training_args\.bin|optimizer\.(?:pt|bin)|scheduler\.pt|scaler\.pt|rng_state(?:_\d+)?\.pth)$"
)
_CONFIGS: Final = ("config.json", "generation_config.json", "tokenizer_config.json", JINJA)
_PICKLES: Final = frozenset(("pickle", "pytorch-zip", "pytorch-legacy", "pytorch-tar"))
_SHARD: Final = re.compile(r".*-\d{5}-of-\d{5}\.(?:safetensors|bin)$")
_SAFE: Final = ".safetensors"
_MOST: Final = 100


def any_of(folder: Folder) -> bool:
    """Whether there are weights under a name that loaders look for."""
    return folder.first(*_MODEL, *_OTHERS, *_ADAPTER) is not None


def loading(folder: Folder, code: Code) -> Iterator[Loading]:
    """Yield what each call that loads the repository takes and runs."""
    if "model_index.json" in folder:
        yield from _with_trust("DiffusionPipeline.from_pretrained", *_pipeline(folder), code)
    elif "modules.json" in folder:
        yield from _with_trust("SentenceTransformer", *_model(folder), code)
    elif folder.first("config.json", *_MODEL) is not None or code.trusted or code.elsewhere:
        yield from _with_trust("from_pretrained", *_model(folder), code)
    if "adapter_config.json" in folder:
        taken = folder.first(*_ADAPTER)
        takes = ("adapter_config.json", *((taken,) if taken else ()))
        leaves = tuple(name for name in folder.present(*_ADAPTER) if name != taken)
        yield Loading("PeftModel.from_pretrained", (*takes, *_base(folder)), leaves)
    resumed = tuple(sorted(file.name for file in folder.here() if _RESUMED.match(file.name)))
    if resumed:
        yield Loading("Trainer.train(resume_from_checkpoint=...)", resumed)
    calls = {
        GENERATE: "generate(custom_generate=..., trust_remote_code=True)",
        HANDLER: "Inference Endpoints",
        SAGEMAKER: "SageMaker",
        PIPELINE: "DiffusionPipeline.from_pretrained(custom_pipeline=..., trust_remote_code=True)",
    }
    for name, runs in code.by_name.items():
        yield Loading(calls[name], runs=runs[:_MOST])


def _with_trust(
    call: str, takes: tuple[str, ...], leaves: tuple[str, ...], code: Code
) -> Iterator[Loading]:
    yield Loading(call, takes, leaves, tuple(code.unasked)[:_MOST])
    runs = (*code.unasked, *code.trusted, *code.elsewhere)
    if len(runs) > len(code.unasked):
        yield Loading(f"{call}(trust_remote_code=True)", takes, leaves, runs[:_MOST])


def _model(folder: Folder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    taken = folder.first(*_MODEL, *_COMPONENT)
    names = dict.fromkeys((*_MODEL, *_OTHERS, *_COMPONENT))
    leaves = tuple(name for name in folder.present(*names) if name != taken)
    shards = _shards(folder, taken) if taken else ()
    takes = (*folder.present(*_CONFIGS), *((taken,) if taken else ()), *shards)
    return takes[:_MOST], leaves


def _pipeline(folder: Folder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    takes: list[str] = ["model_index.json"]
    leaves: list[str] = []
    components = [one.at.path for one in folder.files["model_index.json"].of(Reference)]
    for component in dict.fromkeys(components):
        names = folder.present(*(f"{component}/{name}" for name in _COMPONENT))
        takes += names[:1]
        leaves += names[1:]
    return tuple(takes[:_MOST]), tuple(leaves[:_MOST])


def _base(folder: Folder) -> tuple[str, ...]:
    """Return the model that an adapter is loaded with."""
    found = folder.files["adapter_config.json"].of(Reference)
    return tuple(one.target for one in found if one.role == "base-model")[:1]


def _shards(folder: Folder, index: str) -> tuple[str, ...]:
    named = (one.target for one in folder.files[index].of(Reference) if one.role == "weight-file")
    return tuple(dict.fromkeys(named))[:_MOST]


def resumed(folder: Folder) -> Iterator[Event]:
    """Yield the pickles that resuming a training reads, without being asked for them."""
    for file in folder.here():
        if _RESUMED.match(file.name) and file.format in _PICKLES:
            at = Location(path=file.name)
            yield Reference(target=file.name, role="resumed-pickle", at=at)


def shards(folder: Folder) -> Iterator[Event]:
    """Yield where an index and the files of the folder do not agree."""
    indexes = [file for file in folder.files.values() if file.format == "tensor-index"]
    named: set[str] = set()
    for index in indexes:
        here = index.name.rpartition("/")[0]
        for reference in index.of(Reference):
            name = inside(here, reference.target)
            if name is None:
                continue  # where it leads is told by the index itself
            named.add(name)
            at = Location(path=f"{index.name} {reference.at.path}"[:300])
            values = (Const(index.name), Const(reference.target[:200]))
            if name not in folder:
                message = f"{index.name} names {reference.target[:200]!r}, which is not there"
                kind = "repository-missing-file"
                yield Anomaly(kind=kind, message=message, values=values, at=at)
            elif _SAFE in index.name and not name.endswith(_SAFE):
                message = f"{index.name} leads to {reference.target[:200]!r}, a file of pickles"
                kind = "repository-shard-format"
                yield Anomaly(kind=kind, message=message, values=values, at=at)
    extra = [name for name in folder.files if indexes and _SHARD.match(name) and name not in named]
    if extra:
        message = f"no index names the shards {', '.join(extra[:5])}"
        yield Anomaly(
            kind="repository-extra-file",
            message=message,
            values=tuple(Const(name) for name in extra[:20]),
            at=Location(path=extra[0]),
        )
