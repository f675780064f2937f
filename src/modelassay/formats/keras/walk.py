"""The way through a configuration, without recursion, and what stands on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

import msgspec

from modelassay.core.facts import Anomaly, Layer, Location, Reference
from modelassay.core.values import Const, Mapping, Value
from modelassay.formats.base import Child, Event
from modelassay.formats.keras import encoded
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from modelassay.io.json import Json, Pairs

_LONGEST_PATH: Final = 400
_LONGEST_TEXT: Final = 200
_MOST_SHOWN: Final = 12
_MOST_NAMED: Final = 16
_END: Final[Json] = Pairs()
_NONE: Final[list[str | None]] = [None]
_MOST_REFERENCES: Final = 2000
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")
#: What names need not have, and paths do in one spelling or another.
_UNLIKE_NAME: Final = re.compile(r"\A[/~$\s]|\.\s*\.|[\0\\%]|\A[A-Za-z]+:|[^\x00-\x7f]")
#: Keys whose text is a path, by what the layers that have them do with it.
_VOCABULARIES: Final = ("vocabulary", "idf_weights", "vocab_file", "vocabulary_path")
_PATHS: Final = (
    *("filepath", "file_path", "path", "filename", "fname", "origin", "url", "cache_dir"),
    *("export_dir", "model_path", "weights_path", "checkpoint", "directory", "handle"),
)
#: Keys that name an object rather than configure it.
_NAMING: Final = ("class_name", "module", "registered_name")
#: Shorter text in a list stands for no bytes and no place.
_SHORTEST: Final = 24
_CODE_KEYS: Final = ("code", "value", "function", "output_shape", "mask")


class _Place(msgspec.Struct, frozen=True):
    """Where a value stands: its path, the key above it, the class of the object it belongs to.

    `home` is the module whose names the function of a Lambda may see.
    """

    path: str
    key: str
    owner: str
    home: str = ""


def nodes(value: Json) -> Iterator[Json]:
    """Yield a value and all in it, outermost first."""
    pending = [iter([value])]
    while pending:
        node = next(pending[-1], _END)
        if node is _END:
            pending.pop()
            continue
        yield node
        if isinstance(node, Pairs):
            pending.append(inner for _, inner in node)
        elif isinstance(node, list):
            pending.append(iter(cast("list[Json]", node)))


class Walk:
    """Gathers what a configuration names. Equal objects are one fact with a count."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._layers: dict[object, Layer] = {}
        self._references: dict[tuple[str, str], Reference] = {}
        self._steps = 0

    def events(self, value: Json) -> Iterator[Event]:
        """Yield everything, code and anomalies as they come, the rest at the end."""
        pending = [iter([(_Place("", "", ""), value)])]
        while pending:
            found = next(pending[-1], None)
            if found is None:
                pending.pop()
                continue
            self._steps += 1
            if self._steps % 4096 == 0:
                self._budget.tick()
            place, node = found
            if isinstance(node, Pairs):
                yield from self._object(place, node)
                pending.append(_values(place, node))
            elif isinstance(node, list):
                pending.append(_items(place, cast("list[Json]", node)))
            elif isinstance(node, str):
                yield from self._text(place, node)
        yield from self._layers.values()
        yield from self._references.values()

    def _object(self, place: _Place, node: Pairs) -> Iterator[Event]:
        for key in node.duplicates():
            message = f"the key {key!r} stands twice in {place.path or 'the configuration'}"
            where = Location(path=place.path)
            yield Anomaly(
                kind="keras-duplicate-key",
                message=message[:300],
                values=(Const(key[:100]),),
                at=where,
            )
        for class_name in filter(None, _texts(node, "class_name")[:_MOST_NAMED]):
            for module in _texts(node, "module")[:_MOST_NAMED] or _NONE:
                for registered in _texts(node, "registered_name")[:_MOST_NAMED] or _NONE:
                    self._layer(place, node, class_name, module, registered)

    def _layer(
        self, place: _Place, node: Pairs, class_name: str, module: str | None, key: str | None
    ) -> None:
        config = node.last("config")
        spec = node.last("spec_name")
        name = config.last("name") if isinstance(config, Pairs) else ""
        layer = Layer(
            class_name=spec
            if class_name == "__typespec__" and isinstance(spec, str)
            else class_name,
            module=module,
            registered_name=key,
            name=name[:_LONGEST_TEXT] if isinstance(name, str) else "",
            config=_shown(config),
            at=Location(path=place.path),
        )
        known = self._layers.setdefault(
            (layer.class_name, module, key, layer.name, layer.config), layer
        )
        if known is not layer:
            known.count += 1

    def _text(self, place: _Place, text: str) -> Iterator[Event]:
        at = Location(path=place.path)
        in_code = place.owner in ("__lambda__", "Lambda") and place.key in _CODE_KEYS
        if in_code and (place.owner == "__lambda__" or len(text) >= 32):
            expected = place.owner == "__lambda__" and place.key in ("code", "value")
            yield from encoded.code_facts(text, at, expected, place.home)
        elif place.owner == "TorchModuleWrapper" and place.key == "module":
            yield from _torch_module(text, place)
        else:
            data = encoded.payload(text)
            if data is not None and encoded.is_code(data):
                yield from encoded.code_facts(text, at, expected=False)
            elif data is not None:
                yield Child(place.path, Memory(data), role="payload")
        self._refer(place, text, at)

    def _refer(self, place: _Place, text: str, at: Location) -> None:
        role = _role(place, text)
        if role is None or len(self._references) >= _MOST_REFERENCES:
            return
        key = role, text
        known = self._references.get(key)
        if known is None:
            self._references[key] = Reference(target=text[:4000], role=role, at=at)
        else:
            known.count += 1


def _values(place: _Place, node: Pairs) -> Iterator[tuple[_Place, Json]]:
    """Yield the values of an object that can say anything."""
    owner = _class_of(node) or place.owner
    prefix = f"{place.path}." if place.path else ""
    for key, inner in node:
        if inner is not None and not isinstance(inner, int | float):
            path = f"{prefix}{key}"[-_LONGEST_PATH:]
            below = place.owner if key in _NAMING else owner
            yield _Place(path, key, below, _home(node, key) if owner == "Lambda" else ""), inner


def _home(node: Pairs, key: str) -> str:
    """Return the module beside a function in the configuration of a Lambda of Keras 2."""
    found = node.last("module" if key == "function" else f"{key}_module")
    return found if isinstance(found, str) else ""


def _items(place: _Place, node: list[Json]) -> Iterator[tuple[_Place, Json]]:
    """Yield the items of a list that can say anything; words of a vocabulary cannot."""
    for index, inner in enumerate(node):
        word = isinstance(inner, str) and len(inner) < _SHORTEST and ":" not in inner
        if not word and inner is not None and not isinstance(inner, int | float):
            path = f"{place.path}[{index}]"[-_LONGEST_PATH:]
            yield _Place(path, place.key, place.owner, place.home), inner


def _role(place: _Place, text: str) -> str | None:
    """Return what a text refers to as, `None` where it refers to nothing outside."""
    if place.owner == "TFSMLayer" and place.key == "filepath":
        return "keras-saved-model"
    listed = "[" in place.path.rpartition(".")[2]
    if place.key in _VOCABULARIES and not listed:
        return "keras-vocabulary"
    if place.key == "vocabulary":
        return None  # words, of which some are addresses
    if _URL.match(text):
        return "keras-url"
    if place.key in _PATHS:
        return "keras-file"
    if place.key == "name" and _UNLIKE_NAME.search(text):
        return "keras-name"
    return None


def _torch_module(text: str, place: _Place) -> Iterator[Event]:
    data = encoded.decode(text)
    if data is None:
        message = "the module of a TorchModuleWrapper is no base64"
        yield Anomaly(kind="keras-config", message=message, at=Location(path=place.path))
        return
    named = None if data[:4] == b"PK\3\4" else "pickle"
    yield Child(place.path, Memory(data), role="payload", format=named)


def _class_of(node: Pairs) -> str:
    found = node.last("class_name")
    return found if isinstance(found, str) else ""


def _texts(node: Pairs, key: str) -> list[str | None]:
    return [value for name, value in node if name == key and isinstance(value, str)]


def _shown(config: Json) -> Value:
    """Return the plain values of a configuration, cut short; `name` stands in the fact itself."""
    if isinstance(config, str):
        return Const(config[:_LONGEST_TEXT], len(config) if len(config) > _LONGEST_TEXT else None)
    if not isinstance(config, Pairs):
        return Mapping(())
    texts = [
        (Const(key[:_LONGEST_TEXT]), _shown(value))
        for key, value in config
        if isinstance(value, str) and key != "name"
    ]
    others: list[tuple[Value, Value]] = [
        (Const(key[:_LONGEST_TEXT]), Const(value))
        for key, value in config
        if value is None or isinstance(value, bool | int | float)
    ]
    more = max(len(texts) - _MOST_SHOWN, 0) + max(len(others) - _MOST_SHOWN, 0)
    return Mapping((*texts[:_MOST_SHOWN], *others[:_MOST_SHOWN]), more)
