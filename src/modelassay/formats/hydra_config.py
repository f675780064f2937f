"""Configurations that are instantiated by name: YAML with `_target_` keys, as Hydra and NeMo read.

Sources: YAML 1.1; `hydra/_internal/instantiate/_instantiate2.py`; OmegaConf's resolvers; the tags
of PyYAML's `constructor.py` and of HyperPyYAML's `core.py`, as SpeechBrain reads. Only the event
stream of the YAML parser is read and nothing is constructed: tags are told, not obeyed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.values import Const
from modelassay.formats.base import BUILT, Event, Incomplete, Source
from modelassay.io.blob import Blob

if TYPE_CHECKING:
    import yaml

_LARGEST: Final = 4 << 20
_OPENING: Final = 3  # events up to the one of the outermost node
_DEEPEST: Final = 200
#: Nodes that aliases may multiply into; a parser that builds them all needs gigabytes.
_MOST_NODES: Final = 10_000_000
_TARGETS: Final = frozenset({"_target_", "target"})
_PLAIN_TAG: Final = "tag:yaml.org,2002:"
_CODE_TAG: Final = "tag:yaml.org,2002:python/"
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
#: Keys that name what is built in other dialects: of latent diffusion, and of Lightning's CLI.
_FACTORIES: Final = frozenset({"target", "class_path"})
_FACTORY_MARK: Final = re.compile(
    rb"""(?m)(?:^|[\s{,-])["']?(?:target|class_path)["']?\s*:"""
    rb"""\s*["']?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+["']?\s*(?:[,}#]|$)"""
)
_BUILT_WITH: Final = (b'"params"', b'"init_args"', b'"class_path"')
_RESOLVER: Final = re.compile(r"\$\{([A-Za-z_][\w.]*):([^{}]{0,200})")
_MARK: Final = re.compile(
    rb"(?<!\w)_target_(?!\w)|!!python/|tag:yaml\.org,2002:python/"
    rb"|!(?:new|name|module|apply|include):"
)
#: Tags of HyperPyYAML that lead to something of Python, and the one that leads to a file.
_HYPER_TAGS: Final = ("!new:", "!name:", "!module:", "!apply:")
_INCLUDE: Final = "!include:"
#: Tags in a text that HyperPyYAML takes for a tuple, and loads once more.
_INNER_TAG: Final = re.compile(r"!(?:!python/|(?:new|name|module|apply):)[\w.:/%]{1,200}")
_ESCAPED: Final = re.compile(rb'"([^"\n]{0,80}\\[xuU][0-9A-Fa-f]{2}[^"\n]{0,80})"')
_ESCAPE: Final = re.compile(r"\\(?:x(..)|u(....)|U(.{8}))")


def identify(blob: Blob) -> bool:
    """Whether a text of YAML names targets or Python tags."""
    head = _text(blob.head(min(blob.size, _LARGEST))).encode("utf-8", "replace")
    marked = _marked(head) or (blob.size <= _LARGEST and _names_factory(head))
    return b"\0" not in head and marked and _first_event(head)


def _names_factory(text: bytes) -> bool:
    """Whether a text names what is built, and in JSON, whose graphs have targets, with what."""
    is_json = text.lstrip()[:1] in (b"{", b"[")
    built = not is_json or any(word in text for word in _BUILT_WITH)
    return built and _FACTORY_MARK.search(text) is not None


def _marked(text: bytes) -> bool:
    return _MARK.search(text) is not None or _written_in_escapes(text)


def _written_in_escapes(head: bytes) -> bool:
    """Whether a key that names a target is written in escapes, as text of YAML and JSON may be."""
    return any(
        _ESCAPE.sub(_unescape, found[1].decode("latin-1")) in _TARGETS
        for found in _ESCAPED.finditer(head)
    )


def _unescape(found: re.Match[str]) -> str:
    try:
        return chr(int(found[1] or found[2] or found[3], 16))
    except (ValueError, OverflowError):
        return found[0]


def _text(data: bytes) -> str:
    """Return YAML as text: what does not say that it is UTF-16 is UTF-8."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8", "replace")


def _first_event(head: bytes) -> bool:
    import yaml

    try:
        stream = yaml.parse(head.decode("utf-8", "replace")[:4096], Loader=yaml.SafeLoader)
        return any(
            (number < _OPENING and isinstance(event, yaml.MappingStartEvent))
            or (getattr(event, "tag", None) or "").startswith((_CODE_TAG, *_HYPER_TAGS))
            for number, event in zip(range(_OPENING + 1), stream, strict=False)
        )
    except yaml.YAMLError:
        return False


def parse(source: Source) -> Iterator[Event]:
    """Yield every target, tag and resolver.

    A configuration that a model holds, and one that has `_target_` or a tag, is instantiated; any
    other may have a key such as `target` for reasons of its own.
    """
    import yaml

    if source.blob.size > _LARGEST:
        yield Incomplete(f"the configuration is larger than {_LARGEST} bytes")
        return
    text = _text(source.blob.head(_LARGEST))
    built = source.dialect is BUILT or _marked(text.encode("utf-8", "replace"))
    walk = _Walk(built)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            yield from walk.take(event)
            if len(walk.levels) > _DEEPEST:
                yield Incomplete(f"the configuration is nested more than {_DEEPEST} levels deep")
                return
    except (yaml.YAMLError, RecursionError) as error:
        if not built:
            return
        mark = getattr(error, "problem_mark", None)
        at = Location(mark.index if mark is not None else None)
        message = f"no YAML: {getattr(error, 'problem', None) or type(error).__name__}"
        yield Anomaly(kind="broken-config", message=message, at=at)
        yield Incomplete(message)


class _Level:
    """A mapping or sequence that is open: the key in hand, and the nodes in it when expanded."""

    def __init__(self, mapping: bool, anchor: str | None) -> None:
        self.mapping = mapping
        self.anchor = anchor
        self.key: str | None = None
        self.wants_key = mapping
        self.nodes = 1


class _Walk:
    """The state of a walk over the events."""

    def __init__(self, built: bool) -> None:
        self.built = built
        self.levels: list[_Level] = []
        self.anchors: dict[str, int] = {}
        self.told = False

    def take(self, event: yaml.Event) -> Iterator[Event]:
        """Yield the facts of one event."""
        import yaml

        offset = event.start_mark.index if event.start_mark is not None else 0
        if isinstance(event, yaml.CollectionStartEvent):
            yield from self._tag(event.tag, offset)
            self.levels.append(_Level(isinstance(event, yaml.MappingStartEvent), event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            level = self.levels.pop()
            yield from self._close(level.nodes, level.anchor, offset)
        elif isinstance(event, yaml.AliasEvent):
            nodes = self.anchors.get(event.anchor or "", 1)
            yield from self._close(nodes, None, offset)
        elif isinstance(event, yaml.ScalarEvent):
            yield from self._tag(event.tag, offset)
            if event.value.startswith("("):
                for tag in _INNER_TAG.findall(event.value):
                    yield from self._tag(tag.replace("!!", _PLAIN_TAG), offset)
            yield from self._scalar(event.value, offset)
            yield from self._close(1, event.anchor, offset)

    def _scalar(self, value: str, offset: int) -> Iterator[Event]:
        level = self.levels[-1] if self.levels else None
        if level is not None and level.mapping and level.wants_key:
            level.key = value
            return
        at = Location(offset, self._path())
        key = level.key if level is not None and _DOTTED.match(value) else None
        if key in _FACTORIES and not (self.built and key in _TARGETS):
            yield Reference(role="factory", target=value, at=at)
        elif key in _TARGETS or (level is not None and level.key == "_target_" and "${" in value):
            yield Reference(role="instantiate", target=value, at=at)
        for resolver, argument in _RESOLVER.findall(value):
            yield Reference(role="resolver", target=f"{resolver}:{argument}", at=at)

    def _tag(self, tag: str | None, offset: int) -> Iterator[Event]:
        if tag is None or tag == "!":
            return
        role, target = "tag", tag.removeprefix(_PLAIN_TAG)
        if tag.startswith((_CODE_TAG, *_HYPER_TAGS)):
            role = "python-tag"
        elif tag.startswith(_INCLUDE):
            role, target = "included-config", tag.removeprefix(_INCLUDE)
        elif tag.startswith(_PLAIN_TAG):
            return
        yield Reference(role=role, target=target, at=Location(offset, self._path()))

    def _close(self, nodes: int, anchor: str | None, offset: int) -> Iterator[Event]:
        """Count a finished node into the one around it."""
        if anchor is not None:
            self.anchors[anchor] = nodes
        if not self.levels:
            return
        level = self.levels[-1]
        level.nodes += nodes
        level.wants_key = level.mapping and not level.wants_key
        if level.nodes > _MOST_NODES and not self.told:
            self.told = True
            message = f"aliases multiply into more than {_MOST_NODES} nodes"
            yield Anomaly(
                kind="alias-bomb",
                message=message,
                values=(Const(_MOST_NODES),),
                at=Location(offset),
            )

    def _path(self) -> str:
        return ".".join(level.key or "[]" for level in self.levels)
