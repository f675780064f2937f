"""What the names in a Keras configuration stand for, and whether honest ones name them.

Shared by the rules about Keras; each reports one verdict of `judge`. Default is deny: a class or
function is silent only if `keras.json`, made from the sources of Keras, lists it. What others do is
told by `keras-effects.json`, and for modules outside of Keras by the catalogue of callables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from modelassay.core.facts import Layer
from modelassay.core.findings import Severity
from modelassay.core.values import Const, Mapping, Name, walk
from modelassay.rules import catalogue
from modelassay.rules.base import Match, Subject

Kind: TypeAlias = Literal["gadget", "switch", "import", "custom"]

_DATA: Final = Path(__file__).parent / "data"
_KERAS: Final = re.compile(
    r"(?:keras|tf_keras|keras_core|tensorflow\.keras|tensorflow\.python\.keras)(?:\.|\Z)"
)
#: Where Keras has, or has had, the functions that a configuration may refer to.
_FUNCTION_HOMES: Final = re.compile(
    r"(?:keras|tf_keras|keras_core|tensorflow\.keras|tensorflow\.python\.keras)\."
    r"(?:src\.|api\.|_legacy\.|legacy\.|_tf_keras\.keras\.)*"
    r"(?:activations|losses|metrics|initializers|constraints|regularizers|ops|random|nn|backend"
    r"|applications|quantizers)(?:\.|\Z)"
)
#: Packages of the Keras team, which Keras imports from as from itself.
_COMPANIONS: Final = re.compile(r"keras_(?:hub|cv|nlp|tuner)(?:\.|\Z)")
_SWITCHES: Final = re.compile(
    r"enable_unsafe_deserialization|disable_safe_mode|SafeModeScope|safe_mode_saving"
    r"|set_global_attribute"
)
_TENSORFLOW_LAYERS: Final = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod")
_MOST_SHOWN: Final = 20
_IN_LAYERS: Final = re.compile(r"layers\[\d+\]\Z")
#: What `Layer.get_config` of every Keras writes.
_WRITTEN: Final = Const("trainable")


class Verdict(msgspec.Struct, frozen=True):
    """An object that is not silent: what it is, how bad, and a clause that says why."""

    kind: Kind
    layer: Layer
    severity: Severity
    why: str


class _Names(msgspec.Struct):
    classes: frozenset[str]
    functions: frozenset[str]


class _Effects(msgspec.Struct):
    effects: dict[str, str]
    modules: dict[str, str]
    tensorflow: str


def shown(layer: Layer) -> str:
    """Return the object as a loader looks it up."""
    name = named(layer)
    if layer.module and layer.module != "builtins":
        return f"{layer.module}.{name}"
    return name if layer.class_name == "function" else layer.registered_name or name


def named(layer: Layer) -> str:
    """Return the name of the class, or of the function, that is looked up."""
    if layer.class_name == "function" and isinstance(layer.config, Const):
        return str(layer.config.value)
    return layer.class_name


def judge(subject: Subject) -> list[Verdict]:
    """Return a verdict for every object that an honest configuration does not name."""
    kept: list[Verdict] | None = subject.memo.get("keras")
    if kept is None:
        kept = [found for layer in subject.of(Layer) if (found := _judge(layer)) is not None]
        subject.memo["keras"] = kept
    return kept


def matches(subject: Subject, kind: Kind, verb: str) -> Iterator[Match]:
    """Yield a match for each name of a kind, however often the configuration has it."""
    found: dict[tuple[str, Severity], list[Layer]] = {}
    for verdict in judge(subject):
        if verdict.kind == kind:
            message = f"{verb} {shown(verdict.layer)}, {verdict.why}"
            found.setdefault((message, verdict.severity), []).append(verdict.layer)
    for (message, severity), layers in found.items():
        yield Match(message, tuple(layers[:_MOST_SHOWN]), severity=severity)


def _judge(layer: Layer) -> Verdict | None:
    if _mentions(layer, _SWITCHES):
        return Verdict("switch", layer, Severity.CRITICAL, "which turns the safe mode off")
    if layer.class_name in _TENSORFLOW_LAYERS and _mentions(layer, _tensorflow()):
        why = "an operation that reaches files, the network or code"
        return Verdict("gadget", layer, Severity.HIGH, why)
    module = layer.module or ""
    if not module or _KERAS.match(module):
        return _judge_keras(layer, module)
    if _COMPANIONS.match(module) and layer.class_name != "function":
        return Verdict("custom", layer, Severity.LOW, "of a companion of Keras")
    if module == "builtins" and named(layer) in _names().functions:
        return None
    if module.startswith("tensorflow") and named(layer) in _names().classes:
        return None
    return _judge_import(layer, module)


def _judge_keras(layer: Layer, module: str) -> Verdict | None:
    """Judge what Keras looks up in itself, or among what the loading program registered."""
    # Keras 2.13 to 2.15 write their own optimizers into HDF5 files as `Custom>Adam`.
    # A dotted name is looked up below the module: `utils.get_file` in `keras`.
    dotted, function = named(layer).removeprefix("Custom>"), layer.class_name == "function"
    *place, name = f"{module}.{dotted}".split(".")
    inside = next((_effects().modules[part] for part in place if part in _effects().modules), None)
    listed = name in (_names().functions if function else _names().classes)
    if listed and (inside is None or not function):
        if not function or not module or _FUNCTION_HOMES.match(".".join(place)):
            return None
        why = "a function in a place where models have none"
        return Verdict("gadget", layer, Severity.MEDIUM, why)
    effect = _effects().effects.get(name) or (inside if function else None)
    if effect is not None:
        what = effect.partition(":")[2]
        severity = Severity.CRITICAL if function or module else Severity.HIGH
        return Verdict("gadget", layer, severity, f"which {what}")
    if not module:
        return _custom(layer)
    if function:
        return Verdict("gadget", layer, Severity.HIGH, "a function no model has need of")
    return Verdict("gadget", layer, Severity.MEDIUM, "a class no known version lets a model name")


def _custom(layer: Layer) -> Verdict:
    """Judge an object that the loading program has to bring, and that is not imported."""
    written = isinstance(layer.config, Mapping) and any(
        key == _WRITTEN for key, _ in layer.config.items
    )
    if _IN_LAYERS.search(layer.at.path) and not written:
        why = "whose entry is not as Keras writes it"
        return Verdict("custom", layer, Severity.MEDIUM, why)
    return Verdict("custom", layer, Severity.LOW, "which the loading program has to bring")


def _judge_import(layer: Layer, module: str) -> Verdict | None:
    """Judge what is imported from a module that the configuration names."""
    name = named(layer)
    entry = catalogue.look_up(Name(module, name))
    if entry.effect is not None:
        return Verdict("import", layer, Severity.CRITICAL, f"which {entry.effect.what}")
    if module == "builtins":
        return Verdict("custom", layer, Severity.LOW, "which the loading program has to bring")
    if entry.covered and not entry.forms:
        return Verdict("import", layer, Severity.HIGH, "which models have no need of")
    return Verdict("import", layer, Severity.MEDIUM, "code that is not in the file")


def _mentions(layer: Layer, pattern: re.Pattern[str]) -> bool:
    texts = [layer.class_name, layer.module, layer.registered_name, layer.name]
    values = [value.value for value in walk(layer.config) if isinstance(value, Const)]
    texts += [value for value in values if isinstance(value, str)]
    return any(text and pattern.search(text) for text in texts)


@cache
def _names() -> _Names:
    return msgspec.json.decode((_DATA / "keras.json").read_bytes(), type=_Names)


@cache
def _effects() -> _Effects:
    return msgspec.json.decode((_DATA / "keras-effects.json").read_bytes(), type=_Effects)


@cache
def _tensorflow() -> re.Pattern[str]:
    return re.compile(_effects().tensorflow)
