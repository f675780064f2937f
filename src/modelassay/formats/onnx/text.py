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
    part = Part("main", nodes=[], constants={})
    functions: set[str] = set()
    before: list[tuple[str, str]] = []
    domain = ""
    for count, found in enumerate(_TOKEN.finditer(text)):
        if count % 4096 == 0:
            source.budget.tick()
        kind = found.lastgroup
        if kind is None:
            continue
        token, offset = found[kind], found.start()
        if kind == "text" and before[-2:] == [("word", "domain"), ("mark", ":")]:
            domain = token
        elif kind == "text" and before[-2:-1] == [("text", "location")]:
            yield Reference(target=token, role="external-data", at=Location(offset))
        elif kind == "text" and before[-2:-1] == [("text", "producer_name")]:
            yield Metadata(key="producer_name", value=Const(token), at=Location(offset))
        elif (kind, token) == ("mark", ":") and _is_external(before) and before[-1][1] not in _KEYS:
            yield _odd_key(before[-1][1], offset)
        elif kind == "word" and before[-1:] == [("mark", "=")] and len(part.nodes) < _MOST:
            part.nodes.append(_node(token, offset))
        elif (kind, token) == ("mark", "=>") and domain:
            functions |= {f"{domain}:{word}" for sort, word in before if sort == "word"}
        before = [*before[-40:], (kind, token)]
    network = Network([part, *(Part(name, nodes=[], constants={}) for name in sorted(functions))])
    yield Graph(dialect="onnx", network=network)
    if source.blob.size > _LARGEST:
        yield Incomplete(f"only the first {_LARGEST} bytes of the text are read")


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
