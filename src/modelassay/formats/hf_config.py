"""Configurations of Hugging Face libraries: of models, tokenizers, processors, pipelines, adapters.

Sources: `configuration_utils.py`, `dynamic_module_utils.py`, `modeling_utils.py`,
`integrations/hub_kernels.py` and `tokenization_utils_base.py` of transformers (4.34 to 5);
`pipelines/pipeline_loading_utils.py` of diffusers; `auto.py` of PEFT; `modules.json` of
sentence-transformers. What they hold is told at any depth, since the configurations of parts of a
model are loaded like that of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata, Reference
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Refined, Source
from modelassay.io.blob import Blob, Memory
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json

_MOST: Final = 2000
_MOST_TEMPLATES: Final = 200
_LONGEST: Final = 1000
_TEMPLATE: Final = "chat_template"
#: Any of these keys of an object marks it.
_MARKS: Final = frozenset(
    (
        *("model_type", "architectures", "transformers_version", "auto_map", "trust_remote_code"),
        *("_attn_implementation_internal", "_attn_implementation", "attn_implementation"),
        *(
            "_class_name",
            "_diffusers_version",
            "custom_pipelines",
            "custom_pipeline",
            "custom_generate",
        ),
        *("tokenizer_class", "processor_class", "image_processor_type", "feature_extractor_type"),
        *("peft_type", "quantization_config", "activation_function", _TEMPLATE),
    )
)
_MARKED: Final = (*(mark.encode() for mark in _MARKS), b'"idx"', b'"path"', b'"types"')
#: Keys of sentence-transformers that name a class by its path; other libraries give a bare name.
_CLASSES: Final = frozenset(
    (
        *("activation_function", "activation_fn", "sbert_ce_default_activation_function"),
        "tokenizer_class",
    )
)
_ROUTED: Final = "types"
_KERNELS: Final = ("attn_implementation", "experts_implementation")
_CODE: Final = frozenset(("auto_map", "custom_pipelines", "custom_pipeline", "custom_generate"))
_STATED: Final = ("model_type", "transformers_version", "_diffusers_version", "peft_type")


def identify(blob: Blob) -> bool:
    """Whether `blob` is a JSON object with a key of these libraries, or a list of modules."""
    try:
        value = find_json(blob, *_MARKED)
    except TooLargeError:
        return True
    return _is_config(value) or bool(_modules(value))


def _is_config(value: Json) -> bool:
    if not isinstance(value, Pairs):
        return False
    routed = value.last(_ROUTED)
    return any(key in _MARKS for key, _ in value) or (
        isinstance(routed, Pairs) and any(_is_path(inner) for _, inner in routed)
    )


def _is_path(value: Json) -> bool:
    return isinstance(value, str) and "." in value.strip(".")


def _modules(value: Json) -> list[Pairs]:
    """Return the modules of a sentence transformer; none where it is anything else."""
    if not isinstance(value, list) or isinstance(value, Pairs):
        return []
    found = [item for item in value if isinstance(item, Pairs) and _is_path(item.last("type"))]
    return [item for item in found if {"idx", "path"} & {key for key, _ in item}]


def parse(source: Source) -> Iterator[Event]:
    """Yield what a loader would import or fetch, and every template."""
    try:
        value = find_json(source.blob, *_MARKED)
    except TooLargeError as error:
        yield Incomplete(f"the configuration is not read: {error}")
        return
    for number, module in enumerate(_modules(value)[:_MOST]):
        yield from _named(module.last("type"), "module", f"[{number}].type")
    if not isinstance(value, Pairs):
        return
    for name in value.duplicates():
        message = f"the key {name[:100]!r} stands twice"
        yield Anomaly(kind="json-duplicate", message=message)
    for key in _STATED:
        stated = value.last(key)
        if isinstance(stated, str):
            yield Metadata(key=key, value=Const(stated[:_LONGEST]), at=Location(path=key))
    yield from _pipeline(value)
    for told, fact in enumerate(_references(value)):
        if told >= _MOST:
            yield Incomplete(f"the configuration names more than {_MOST} pieces of code")
            break
        yield fact
    yield from _templates(value)


def _references(value: Pairs) -> Iterator[Reference]:
    for path, key, inner in entries(value):
        if key in _CODE:
            yield from _named(inner, "remote-code", path)
        elif key == "trust_remote_code" and inner is True:
            yield _reference("true", "trust-remote-code", path)
        elif key.removesuffix("_internal").lstrip("_") in _KERNELS:
            yield from _named(inner, "kernel", path)
        elif key == "transformers_weights":
            yield from _named(inner, "weight-file", path)
        elif path == "base_model_name_or_path":
            yield from _named(inner, "base-model", path)
        elif path == _ROUTED or (key in _CLASSES and _is_path(inner)):
            yield from _named(inner, "module", path)
        elif key == "parent_library":
            yield from _named(inner, "library", path)


def _named(value: Json, role: str, path: str) -> Iterator[Reference]:
    """Yield a reference for every text in `value`, which may be nested."""
    pending: list[tuple[str, Json]] = [(path, value)]
    while pending:
        where, current = pending.pop()
        if isinstance(current, str):
            yield _reference(current, role, where)
        elif isinstance(current, Pairs):
            pending += reversed([(f"{where}.{key[:100]}", item) for key, item in current])
        elif isinstance(current, list):
            pending += reversed([(where, item) for item in current if not isinstance(item, tuple)])


def _reference(target: str, role: str, path: str) -> Reference:
    return Reference(target=target[:_LONGEST], role=role, at=Location(path=visible(path[:300])))


def _pipeline(value: Pairs) -> Iterator[Reference]:
    """Yield the classes of a diffusers pipeline: each component is a library and a class."""
    named = value.last("_class_name")
    pipeline = isinstance(named, list) or (isinstance(named, str) and "Pipeline" in named)
    if not pipeline and value.last("_diffusers_version") is None:
        return
    for key, inner in value[:_MOST]:
        plain = isinstance(inner, list) and not isinstance(inner, Pairs) and len(inner) == 2
        if not plain or not isinstance(inner, list) or not isinstance(inner[0], str):
            continue
        if key == "_class_name":
            yield _reference(f"{inner[0]}.{inner[1]}", "remote-code", key)
        elif isinstance(inner[1], str) and not key.startswith("_"):
            yield _reference(f"{inner[0]}.{inner[1]}", "component", key)


def _templates(value: Pairs) -> Iterator[Event]:
    """Yield every template, also those that a later one of the same name hides."""
    found = [pair for key, inner in value if key == _TEMPLATE for pair in _texts(inner)]
    if found:
        yield Refined("tokenizer-config")
    for name, text in found[:_MOST_TEMPLATES]:
        data = text.encode("utf-8", "backslashreplace")
        yield Child(name, Memory(data), format="chat-template")


def _texts(value: Json) -> Iterator[tuple[str, str]]:
    """Yield names and texts: a template, a list of name and template, or a table of them."""
    if isinstance(value, str):
        yield _TEMPLATE, value
    elif isinstance(value, Pairs):
        for name, text in value:
            if isinstance(text, str):
                yield f"{_TEMPLATE}.{name[:100]}", text
    elif isinstance(value, list):
        for entry in value:
            if isinstance(entry, Pairs):
                name = str(entry.last("name"))[:100]
                for key, item in entry:
                    if key == "template" and isinstance(item, str):
                        yield f"{_TEMPLATE}.{name}", item
