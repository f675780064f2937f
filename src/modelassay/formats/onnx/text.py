"""The text form of ONNX models (`.onnxtxt`), in the syntax of ONNX's own parser.

Source: `docs/Syntax.md` and `onnx/defs/parser.cc` of ONNX 1.10 to 1.23. Only what matters to a
loader is read: the operators with their domains, the functions, and where tensors lie outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Graph, Location, Metadata, Reference
from modelassay.core.graph import Network, Node, Part
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob

_HEAD: Final = 1 << 12
_LARGEST: Final = 1 << 26
_MOST: Final = 400_000
_START: Final = re.compile(r"(?:\s|#[^\n]*\n)*<\s*(?:ir_version|opset_import|producer_name)\s*:")
#: Strings and comments are taken whole, so that nothing inside them is taken for anything else.
_TOKEN: Final = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"|#[^\n]*|(?P<word>[A-Za-z_][\w.]*)|(?P<mark>=>|[=:,\[\](){}<>])'
)
_KEYS: Final = ("location", "offset", "length", "checksum")


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as a model in text does."""
    return _START.match(blob.head(_HEAD).decode("utf-8", "replace")) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the operators, and what lies outside."""
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    reading = _Reading()
    for count, found in enumerate(_TOKEN.finditer(text)):
        if count % 4096 == 0:
            source.budget.tick()
        kind = found.lastgroup
        if kind is not None:
            yield from reading.take(kind, found[kind], found.start())
    yield Graph(dialect="onnx", network=reading.network())
    if source.blob.size > _LARGEST:
        yield Incomplete(f"only the first {_LARGEST} bytes of the text are read")


class _Reading:
    """Takes one token after another. `before` are the last ones, each with its kind."""

    def __init__(self) -> None:
        self.before: list[tuple[str, str]] = []
        self._main = Part("main", nodes=[], constants={})
        self._functions: set[str] = set()
        self._opened: list[Node | None] = []
        self._closed: Node | None = None
        self._domain = ""

    def network(self) -> Network:
        """Return the operators in one part, and a part for each function."""
        functions = (Part(name, nodes=[], constants={}) for name in sorted(self._functions))
        return Network([self._main, *functions])

    def take(self, kind: str, token: str, offset: int) -> Iterator[Event]:
        """Take a token, yield what it tells."""
        before = self.before
        if kind == "text":
            yield from self._text(token, offset)
        elif (kind, token) == ("mark", ":") and _is_external(before):
            if before[-1][1] not in _KEYS:
                yield _odd_key(before[-1][1], offset)
        elif kind == "mark":
            self._mark(token, offset)
        self.before = [*before[-40:], (kind, token)]

    def _text(self, token: str, offset: int) -> Iterator[Event]:
        last = self.before[-2:]
        if last == [("word", "domain"), ("mark", ":")]:
            self._domain = token
        elif last == [("text", "location"), ("mark", ":")]:
            yield Reference(target=token, role="external-data", at=Location(offset))
        elif last == [("word", "producer_name"), ("mark", ":")]:
            yield Metadata(key="producer_name", value=Const(token), at=Location(offset))

    def _mark(self, mark: str, offset: int) -> None:
        """Tell operators from the subgraphs that stand in attributes, which go on with `=>`."""
        named = self.before[-2:-1] == [("mark", "=")] and self.before[-1][0] == "word"
        made = None
        if mark in ("(", "<") and named and len(self._main.nodes) < _MOST:
            made = _node(self.before[-1][1], offset)
            self._main.nodes.append(made)
        if mark == "(":
            self._opened.append(made)
        elif mark == ")":
            self._closed = self._opened.pop() if self._opened else None
        elif mark == "=>":
            if self._closed is not None and self._closed is self._main.nodes[-1]:
                self._main.nodes.pop()
            if self._domain:
                words = (word for kind, word in self.before if kind == "word")
                self._functions |= {f"{self._domain}:{word}" for word in words}


def _is_external(before: list[tuple[str, str]]) -> bool:
    """Whether a string just met is a key in a list that started with a location."""
    if not before or before[-1][0] != "text":
        return False
    start = max((i for i, token in enumerate(before) if token == ("mark", "[")), default=None)
    return start is not None and before[start + 1 : start + 2] == [("text", "location")]


def _odd_key(key: str, offset: int) -> Anomaly:
    message = f"a tensor has external data with the key {key[:200]!r}"
    values = (Const(key[:200]),)
    return Anomaly(kind="external-data-key", message=message, values=values, at=Location(offset))


def _node(word: str, offset: int) -> Node:
    domain, _, op = word.rpartition(".")
    return Node(op, domain="" if domain == "ai.onnx" else domain, offset=offset)
