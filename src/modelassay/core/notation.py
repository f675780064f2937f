"""The textual form of values and facts, one line each.

Evidence in reports is written in it, and so are the examples of every rule, which the tests read
back. In short::

    import os.system @op 2
    call os.system("id") @op 12 x3
    new sklearn.svm._classes.SVC()
    state collections.OrderedDict() <- {"a": 1}
    lookup persid(("storage", torch.FloatStorage, "0", "cpu", 4))
    anomaly zip-name-mismatch "the local header says x, the directory y" @512

A global is `module.name`, or `module:qualified.name` where the name inside the module is dotted.
`new f()` inside a value is an object made without its `__init__`; `?` is a value nobody can tell;
`"abc"...9` is a preview of 9 characters or bytes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Literal

from modelassay.core import facts as f
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
)

_BRACKETS = {"tuple": "()", "list": "[]", "set": "{}"}
_DEEPEST = 12


def show(value: Value, depth: int = 0) -> str:
    """Return the textual form of `value`, cut below a fixed depth."""
    if depth > _DEEPEST:
        return "..."
    match value:
        case Const(value=plain, size=size):
            text = _quote(plain) if isinstance(plain, str) else repr(plain)
            return text if size is None else f"{text}...{size}"
        case Name():
            return str(value)
        case Sequence(type=kind, items=items, more=more):
            parts = [show(item, depth + 1) for item in items] + (["..."] if more else [])
            inner = ", ".join(parts) + ("," if kind == "tuple" and len(parts) == 1 else "")
            prefix = kind if kind == "frozenset" or (kind == "set" and not parts) else ""
            if prefix:
                return f"{prefix}({{{inner}}})" if parts else f"{prefix}()"
            return f"{_BRACKETS[kind][0]}{inner}{_BRACKETS[kind][1]}"
        case Mapping(items=pairs, more=more):
            parts = [f"{show(k, depth + 1)}: {show(v, depth + 1)}" for k, v in pairs]
            return "{" + ", ".join(parts + (["..."] if more else [])) + "}"
        case Made(new=new):
            return ("new " if new else "") + show_call(value, depth)
        case Persistent(id=inner):
            return f"persid({show(inner, depth + 1)})"
        case Extension(code=code):
            return f"ext({code})"
        case Unknown(why=why):
            return f"?{why.replace(' ', '-')}" if why else "?"


def show_call(value: Made, depth: int = 0) -> str:
    """Return `callable(args, key=value)` for the call that makes `value`."""
    parts = [show(arg, depth + 1) for arg in value.args]
    parts += [f"{key}={show(inner, depth + 1)}" for key, inner in value.kwargs]
    return f"{show(value.callable, depth + 1)}({', '.join(parts)})"


def describe(fact: f.Fact) -> str:
    """Return the textual form of `fact`."""
    return " ".join(part for part in (_body(fact), _place(fact)) if part)


def _body(fact: f.Fact) -> str:
    match fact:
        case f.Import(name=name, how=how, operands=operands):
            text = f"import {name}" + (" computed" if how == "computed" else "")
            return text + "".join(" " + show(operand) for operand in operands)
        case f.Call(callable=callable_, args=args, kwargs=kwargs, via=via):
            return f"{via} {show_call(Made(callable_, args, kwargs))}"
        case f.StateUpdate(target=target, state=state, via=via):
            return f"{via} {show(target)} <- {show(state)}"
        case f.Lookup(value=value):
            return f"lookup {show(value)}"
        case f.Code(name=name, language=language, references=references):
            names = " ".join(r.name + ("()" if r.called else "") for r in references)
            return f"code {language} {_quote(name)} {names}".rstrip()
        case f.Reference(target=target, role=role):
            return f"reference {role} {_quote(target)}"
        case f.Member(name=name, type=kind, size=size, stored=stored, target=target):
            text = f"member {kind} {_quote(name)}"
            text += f" size {size}" if size is not None else ""
            text += f" stored {stored}" if stored is not None else ""
            return text + (f" -> {_quote(target)}" if target is not None else "")
        case f.Tensor(name=name, dtype=dtype, shape=shape):
            return f"tensor {_quote(name)} {dtype} {list(shape)}"
        case f.Metadata(key=key, value=value):
            return f"metadata {_quote(key)} = {show(value)}"
        case f.Executable(type=kind, size=size):
            return f"executable {kind}" + (f" size {size}" if size is not None else "")
        case f.Anomaly(kind=kind, message=message, values=values):
            text = f"anomaly {kind} {_quote(message)}"
            return text + "".join(" " + show(value) for value in values)
        case f.Opaque(size=size, role=role):
            return f"opaque {role or 'bytes'} size {size}"
        case f.Limit(name=name, message=message):
            return f"limit {name} {_quote(message)}"
    raise TypeError(f"not a kind of fact: {type(fact).__name__}")


def _place(fact: f.Fact) -> str:
    where = fact.at.path or ("" if fact.at.offset is None else str(fact.at.offset))
    times = f"x{fact.count}" if fact.count > 1 else ""
    return f"{'@' + where if where else ''} {times}".strip()


def _quote(text: str) -> str:
    """Quote with double quotes, every character beyond printable ones escaped."""
    body = "".join(_escape(character) for character in text)
    return f'"{body}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else ascii(character)[1:-1]


# Reading the textual form back. It is only ever given text of our own.

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*')
    |(?P<number>-?\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|-?inf|nan)
    |(?P<more>\.\.\.\d*)
    |(?P<unknown>\?[\w-]*)
    |(?P<arrow><-|->)
    |(?P<name>(?:[^\W\d]|<computed>)[\w.<>]*(?:-[\w.]+)*(?::[\w.<>]+)?)
    |(?P<mark>[()\[\]{},:=@]))""",
    re.VERBOSE,
)
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
            yield str(found.lastgroup), found.group().strip()
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
        kind, text = self.peek()
        if kind == "text":
            return self.constant(ast.literal_eval(self.take()))
        if kind == "number":
            return Const(float(self.take()) if text.strip("-").isalpha() else _number(self.take()))
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
        """Read values up to the place or the end."""
        values: list[Value] = []
        while self.peek()[0] != "end" and self.peek()[1] != "@":
            if re.fullmatch(r"x\d+", self.peek()[1]):
                break
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
            made = self.named()
            if not isinstance(made, Made):
                raise NotationError(f"expected a call after new in {self.line!r}")
            return Made(made.callable, made.args, made.kwargs, new=True)
        if self.peek()[1] != "(":
            return _name(text)
        self.take("(")
        args, kwargs = self.arguments()
        value = _special(text, args) or Made(_name(text), args, kwargs)
        while self.accept("("):
            args, kwargs = self.arguments()
            value = Made(value, args, kwargs)
        return value

    def arguments(self) -> tuple[tuple[Value, ...], tuple[tuple[str, Value], ...]]:
        args: list[Value] = []
        kwargs: list[tuple[str, Value]] = []
        while not self.accept(")"):
            if self.peek()[0] == "name" and self.peek(1)[1] == "=":
                key = self.take()
                self.take("=")
                kwargs.append((key, self.value()))
            else:
                args.append(self.value())
            if self.peek()[1] != ")":
                self.take(",")
        return tuple(args), tuple(kwargs)

    def string(self) -> str:
        return str(ast.literal_eval(self.take("text")))

    def sequence(self, kind: str, end: str) -> Value:
        self.next += 1
        items: list[Value] = []
        more = 0
        while not self.accept(end):
            if self.peek()[0] == "more":
                self.take()
                more = 1
            else:
                items.append(self.value())
            if self.peek()[1] != end:
                self.take(",")
        return Sequence(kind, tuple(items), more)  # type: ignore[arg-type]

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

    def place(self) -> tuple[f.Location, int]:
        offset: int | None = None
        path: list[str] = []
        count = 1
        if self.accept("@"):
            while self.peek()[0] in ("name", "number", "mark"):
                if re.fullmatch(r"x\d+", self.peek()[1]):
                    break
                path.append(self.take())
            if len(path) == 1 and path[0].isdigit():
                offset, path = int(path[0]), []
        if re.fullmatch(r"x\d+", self.peek()[1]):
            count = int(self.take()[1:])
        if self.peek()[0] != "end":
            raise NotationError(f"unexpected {self.peek()[1]!r} in {self.line!r}")
        return f.Location(offset, " ".join(path)), count


def _number(text: str) -> int | float:
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _name(text: str) -> Name:
    module, separator, qualname = text.partition(":")
    if not separator:
        module, _, qualname = text.rpartition(".")
    if not module or not qualname:
        raise NotationError(f"{text!r} names no module")
    return Name(module, qualname)


def _special(word: str, args: tuple[Value, ...]) -> Value | None:
    """Return the value that is no call though it is written like one."""
    match word, args:
        case "persid", (inner,):
            return Persistent(inner)
        case "ext", (Const(value=int(code)),):
            return Extension(code)
        case ("set" | "frozenset") as kind, ():
            return Sequence(kind, ())
        case "frozenset", (Sequence(items=items, more=more),):
            return Sequence("frozenset", items, more)
    return None


def read_value(text: str) -> Value:
    """Read a value from its textual form."""
    reader = _Reader(text)
    value = reader.value()
    reader.place()
    return value


def read(line: str) -> f.Fact:
    """Read a fact from its textual form. Raises `NotationError`."""
    reader = _Reader(line)
    kind = reader.take("name")
    if kind not in _READERS:
        raise NotationError(f"no kind of fact is called {kind!r}")
    fact = _READERS[kind](reader)
    fact.at, fact.count = reader.place()
    return fact


def _read_import(reader: _Reader) -> f.Fact:
    name = _name(reader.take("name"))
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
    language = reader.take("name")
    name = reader.string()
    references = []
    while reader.peek()[0] == "name":
        word = reader.take()
        called = reader.accept("(") and bool(reader.take(")"))
        references.append(f.CodeReference(word, called))
    return f.Code(name=name, language=language, references=tuple(references))


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
    name, dtype = reader.string(), reader.take("name")
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
    kind = reader.take("name")
    return f.Executable(
        type=kind, size=int(reader.take("number")) if reader.accept("size") else None
    )


def _read_anomaly(reader: _Reader) -> f.Fact:
    kind, message = reader.take("name"), reader.string()
    return f.Anomaly(kind=kind, message=message, values=reader.values())


def _read_opaque(reader: _Reader) -> f.Fact:
    role = reader.take("name")
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
    "reference": lambda reader: f.Reference(role=reader.take("name"), target=reader.string()),
    "member": _read_member,
    "tensor": _read_tensor,
    "metadata": _read_metadata,
    "executable": _read_executable,
    "anomaly": _read_anomaly,
    "opaque": _read_opaque,
    "limit": lambda reader: f.Limit(name=reader.take("name"), message=reader.string()),
}
