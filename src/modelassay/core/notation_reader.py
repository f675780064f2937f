"""Facts read back from their textual form, see `notation`.

It is only ever given text of our own: the examples of rules, and what tests wrote.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Literal

from modelassay.core import facts as f
from modelassay.core.notation_graph import read_network
from modelassay.core.values import (
    Const,
    Extension,
    Made,
    Mapping,
    Name,
    Persistent,
    Sequence,
    Unknown,
    Value,
    children,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*')
    |(?P<number>-?\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|(?:-?inf|nan)(?![\w.]))
    |(?P<more>\.\.\.\d*)
    |(?P<unknown>\?[\w-]*)
    |(?P<arrow><-|->)
    |(?P<name>[^\W\d][\w.<>-]*(?::[\w.<>-]+)?|<[\w.<>-]+(?::[\w.<>-]+)?)
    |(?P<mark>[()\[\]{},:;=]))""",
    re.VERBOSE,
)
_LINE = re.compile(r"""(?P<body>.*?)(?:\s@(?P<path>[^"']*?))?(?:\sx(?P<count>\d+))?\s*""")
_WORDS: dict[str, Const] = {"None": Const(None), "True": Const(True), "False": Const(False)}


class NotationError(ValueError):
    """A line is not the textual form of a fact."""


class _Reader:
    """A recursive descent reader of one line."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.tokens = list(self._tokens(line))
        self.next = 0

    @staticmethod
    def _tokens(line: str) -> Iterator[tuple[str, str]]:
        position = 0
        while line[position:].strip():
            found = _TOKEN.match(line, position)
            if found is None:
                raise NotationError(f"cannot read {line[position:]!r} in {line!r}")
            text = found.group().lstrip()
            # Values stand side by side, so a bracket calls only what it touches.
            touching = text == "(" and text == found.group()
            yield "call" if touching else str(found.lastgroup), text
            position = found.end()

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        index = self.next + ahead
        return self.tokens[index] if index < len(self.tokens) else ("end", "")

    def take(self, wanted: str | None = None) -> str:
        kind, text = self.peek()
        if wanted is not None and wanted not in (kind, text):
            raise NotationError(f"expected {wanted}, found {text!r} in {self.line!r}")
        self.next += 1
        return text

    def accept(self, text: str) -> bool:
        if self.peek()[1] == text and self.peek()[0] != "text":
            self.next += 1
            return True
        return False

    def value(self) -> Value:
        value = self.primary()
        while self.peek()[0] == "call":
            self.take()
            args, kwargs = self.arguments()
            value = Made(value, args, kwargs)
        return value

    def primary(self) -> Value:
        kind, text = self.peek()
        if kind == "text":
            return self.constant(ast.literal_eval(self.take()))
        if kind == "number":
            return Const(_number(self.take()))
        if kind == "unknown":
            return Unknown(self.take()[1:].replace("-", " "))
        if text in ("(", "["):
            return self.sequence("tuple" if text == "(" else "list", ")" if text == "(" else "]")
        if text == "{":
            return self.braces()
        if kind == "name":
            return self.named()
        raise NotationError(f"expected a value, found {text!r} in {self.line!r}")

    def values(self) -> tuple[Value, ...]:
        """Read values up to the end."""
        values: list[Value] = []
        while self.peek()[0] != "end":
            values.append(self.value())
        return tuple(values)

    def constant(self, plain: str | bytes) -> Const:
        if self.peek()[0] == "more":
            return Const(plain, int(self.take()[3:]))
        return Const(plain)

    def named(self) -> Value:
        text = self.take("name")
        if text in _WORDS:
            return _WORDS[text]
        if text == "new":
            made = self.value()
            if not isinstance(made, Made):
                raise NotationError(f"expected a call after new in {self.line!r}")
            return Made(made.callable, made.args, made.kwargs, new=True)
        if text in _SPECIAL and self.accept("("):
            return _special(text, self.arguments()[0])
        return _name(text)

    def arguments(self) -> tuple[tuple[Value, ...], tuple[tuple[str, Value], ...]]:
        args: list[Value] = []
        kwargs: list[tuple[str, Value]] = []
        while not self.accept(")"):
            if self.peek()[0] in ("name", "text") and self.peek(1) == ("mark", "="):
                key = self.word()
                self.take("=")
                kwargs.append((key, self.value()))
            else:
                args.append(self.value())
            if self.peek()[1] != ")":
                self.take(",")
        return tuple(args), tuple(kwargs)

    def string(self) -> str:
        return str(ast.literal_eval(self.take("text")))

    def word(self) -> str:
        return self.string() if self.peek()[0] == "text" else self.take("name")

    def sequence(self, kind: Literal["tuple", "list"], end: str) -> Value:
        """Read up to `end`. One value in round brackets without a comma is that value."""
        self.next += 1
        items: list[Value] = []
        more = 0
        comma = False
        while not self.accept(end):
            if self.peek()[0] == "more":
                self.take()
                more = 1
            else:
                items.append(self.value())
            comma = self.accept(",")
            if not comma and self.peek()[1] != end:
                raise NotationError(f"expected {end} in {self.line!r}")
        if kind == "tuple" and len(items) == 1 and not more and not comma:
            return items[0]
        return Sequence(kind, tuple(items), more)

    def braces(self) -> Value:
        self.take("{")
        items: list[Value] = []
        pairs: list[tuple[Value, Value]] = []
        more = 0
        while not self.accept("}"):
            if self.peek()[0] == "more":
                self.take()
                more = 1
            else:
                key = self.value()
                if self.accept(":"):
                    pairs.append((key, self.value()))
                else:
                    items.append(key)
            if self.peek()[1] != "}":
                self.take(",")
        return Sequence("set", tuple(items), more) if items else Mapping(tuple(pairs), more)

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise NotationError(f"unexpected {self.peek()[1]!r} in {self.line!r}")


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def _name(text: str) -> Name:
    module, separator, qualname = text.partition(":")
    if not separator:
        module, _, qualname = text.rpartition(".")
    if not module or not qualname:
        raise NotationError(f"{text!r} names no module")
    return Name(module, qualname)


_SPECIAL = ("persid", "ext", "global", "set", "frozenset")


def _special(word: str, args: tuple[Value, ...]) -> Value:
    """Return the value that is no call though it is written like one."""
    match word, args:
        case "persid", (inner,):
            return Persistent(inner)
        case "ext", (Const(value=int(code)),):
            return Extension(code)
        case "global", (Const(value=str(module)), Const(value=str(qualname))):
            return Name(module, qualname)
        case ("set" | "frozenset") as kind, ():
            return Sequence(kind, ())
        case "frozenset", ((Sequence() | Mapping()) as inner,):
            # Braces that hold nothing but `...` read as a mapping.
            items = inner.items if isinstance(inner, Sequence) else ()
            return Sequence("frozenset", items, inner.more)
    raise NotationError(f"{word} does not take {args!r}")


def read_value(text: str) -> Value:
    """Read a value from its textual form. Raises `NotationError`."""
    reader = _Reader(text)
    value = reader.value()
    reader.end()
    return value


def read(line: str) -> f.Fact:
    """Read a fact from its textual form. Raises `NotationError`."""
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise NotationError(f"{line!r} is not one line")
    reader = _Reader(parts["body"])
    kind = reader.take("name")
    if kind not in _READERS:
        raise NotationError(f"no kind of fact is called {kind!r}")
    fact = _READERS[kind](reader)
    reader.end()
    path = parts["path"] or ""
    fact.at = f.Location(int(path)) if path.isdigit() else f.Location(path=path)
    fact.count = int(parts["count"] or 1)
    return fact


def _read_import(reader: _Reader) -> f.Fact:
    name = reader.primary()
    if not isinstance(name, Name):
        raise NotationError(f"expected a name in {reader.line!r}")
    how: Literal["literal", "computed"] = "computed" if reader.accept("computed") else "literal"
    return f.Import(name=name, how=how, operands=reader.values())


def _read_call(via: Literal["call", "new"]) -> Callable[[_Reader], f.Fact]:
    def read_call(reader: _Reader) -> f.Fact:
        made = reader.value()
        if not isinstance(made, Made):
            raise NotationError(f"expected a call in {reader.line!r}")
        return f.Call(callable=made.callable, args=made.args, kwargs=made.kwargs, via=via)

    return read_call


def _read_state(via: Literal["state", "item", "append"]) -> Callable[[_Reader], f.Fact]:
    def read_state(reader: _Reader) -> f.Fact:
        target = reader.value()
        reader.take("<-")
        return f.StateUpdate(target=target, state=reader.value(), via=via)

    return read_state


def _read_code(reader: _Reader) -> f.Fact:
    language = reader.word()
    name = reader.string()
    references = []
    while reader.peek()[0] != "end":
        word = reader.word()
        called = reader.accept("(") and bool(reader.take(")"))
        references.append(f.CodeReference(word, called))
    return f.Code(name=name, language=language, references=tuple(references))


def _read_template(reader: _Reader) -> f.Fact:
    does = reader.take("name")
    chain = _strings(reader)
    args: tuple[Value, ...] = ()
    if reader.peek()[1] == "[":
        args = tuple(children(reader.value()))
    when = _strings(reader) if reader.accept("when") else ()
    return f.Template(does=does, chain=chain, args=args, when=when)  # type: ignore[arg-type]


def _strings(reader: _Reader) -> tuple[str, ...]:
    strings = []
    while reader.peek()[0] == "text":
        strings.append(reader.string())
    return tuple(strings)


def _read_layer(reader: _Reader) -> f.Fact:
    layer = f.Layer(class_name=reader.word())
    if reader.accept("module"):
        layer.module = reader.string()
    if reader.accept("registered"):
        layer.registered_name = reader.string()
    if reader.accept("named"):
        layer.name = reader.string()
    if reader.peek()[0] != "end":
        layer.config = reader.value()
    return layer


def _read_member(reader: _Reader) -> f.Fact:
    member = f.Member(type=reader.take("name"), name=reader.string())  # type: ignore[arg-type]
    if reader.accept("size"):
        member.size = int(reader.take("number"))
    if reader.accept("stored"):
        member.stored = int(reader.take("number"))
    if reader.accept("->"):
        member.target = reader.string()
    return member


def _read_tensor(reader: _Reader) -> f.Fact:
    name, dtype = reader.string(), reader.word()
    reader.take("[")
    shape = []
    while not reader.accept("]"):
        shape.append(int(reader.take("number")))
        reader.accept(",")
    return f.Tensor(name=name, dtype=dtype, shape=tuple(shape))


def _read_metadata(reader: _Reader) -> f.Fact:
    key = reader.string()
    reader.take("=")
    return f.Metadata(key=key, value=reader.value())


def _read_executable(reader: _Reader) -> f.Fact:
    kind = reader.word()
    return f.Executable(
        type=kind, size=int(reader.take("number")) if reader.accept("size") else None
    )


def _read_payload(reader: _Reader) -> f.Fact:
    kind, place = reader.word(), reader.string()
    reader.take("size")
    payload = f.Payload(type=kind, place=place, size=int(reader.take("number")))
    if reader.accept("sha256"):
        payload.sha256 = reader.string()
    return payload


def _read_credential(reader: _Reader) -> f.Fact:
    kind, shown = reader.word(), reader.string()
    reader.take("size")
    size, digest, told = int(reader.take("number")), reader.string(), reader.take("name")
    proofs: dict[str, f.Proof] = {"checksum": "checksum", "structure": "structure"}
    proof = proofs.get(told, "form")
    return f.Credential(type=kind, shown=shown, size=size, sha256=digest, proof=proof)


def _read_signature(reader: _Reader) -> f.Fact:
    source: Literal["ours", "user"] = "user" if reader.take("name") == "user" else "ours"
    signature = f.Signature(name=reader.word(), source=source)
    signature.severity, signature.text = reader.string(), reader.string()
    meta = []
    while reader.peek()[0] == "text":
        key = reader.string()
        reader.take("=")
        meta.append((key, reader.string()))
    signature.meta = tuple(meta)
    return signature


def _read_anomaly(reader: _Reader) -> f.Fact:
    kind, message = reader.take("name"), reader.string()
    return f.Anomaly(kind=kind, message=message, values=reader.values())


def _read_opaque(reader: _Reader) -> f.Fact:
    role = reader.word()
    reader.take("size")
    return f.Opaque(role=role, size=int(reader.take("number")))


_READERS: dict[str, Callable[[_Reader], f.Fact]] = {
    "import": _read_import,
    "call": _read_call("call"),
    "new": _read_call("new"),
    "state": _read_state("state"),
    "item": _read_state("item"),
    "append": _read_state("append"),
    "lookup": lambda reader: f.Lookup(value=reader.value()),
    "code": _read_code,
    "layer": _read_layer,
    "reference": lambda reader: f.Reference(role=reader.word(), target=reader.string()),
    "template": _read_template,
    "graph": lambda reader: f.Graph(dialect=reader.word(), network=read_network(reader)),
    "member": _read_member,
    "tensor": _read_tensor,
    "metadata": _read_metadata,
    "executable": _read_executable,
    "payload": _read_payload,
    "credential": _read_credential,
    "signature": _read_signature,
    "anomaly": _read_anomaly,
    "opaque": _read_opaque,
    "limit": lambda reader: f.Limit(name=reader.take("name"), message=reader.string()),
}
