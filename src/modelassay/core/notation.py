"""The textual form of values and facts, one line each.

Evidence in reports is written in it, and so are the examples of every rule, which the tests read
back through `notation_reader`. In short::

    import os.system @op 2
    call os.system("id") @op 12 x3
    new sklearn.svm._classes.SVC()
    state collections.OrderedDict() <- {"a": 1}
    lookup persid(("storage", torch.FloatStorage, "0", "cpu", 4))
    graph onnx main(x) -> (y) { y = Relu(x) }
    anomaly zip-name-mismatch "the local header says x, the directory y" @512

A global is `module.name`, or `module:qualified.name` where the name inside the module is dotted.
`new f()` inside a value is an object made without its `__init__`; `?` is a value nobody can tell;
`"abc"...9` is a preview of 9 characters or bytes. Names that are no Python names are quoted, as in
`global("a b", "c")`. For graphs see `notation_graph`.
"""

from __future__ import annotations

from modelassay.core import facts as f
from modelassay.core.notation_graph import show_network
from modelassay.core.text import quote, visible
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
            text = quote(plain) if isinstance(plain, str) else repr(plain)
            return text if size is None else f"{text}...{size}"
        case Name(module=module, qualname=qualname):
            plain = _dotted(module) and _dotted(qualname)
            return str(value) if plain else f"global({quote(module)}, {quote(qualname)})"
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
    for key, inner in value.kwargs:
        parts.append(f"{key if key.isidentifier() else quote(key)}={show(inner, depth + 1)}")
    called = show(value.callable, depth + 1)
    if isinstance(value.callable, Made) and value.callable.new:
        called = f"({called})"
    return f"{called}({', '.join(parts)})"


def describe(fact: f.Fact) -> str:
    """Return the textual form of `fact`."""
    return " ".join(part for part in (_body(fact), _place(fact)) if part)


def _body(fact: f.Fact) -> str:
    match fact:
        case f.Import(name=name, how=how, operands=operands):
            text = f"import {show(name)}" + (" computed" if how == "computed" else "")
            return text + "".join(" " + show(operand) for operand in operands)
        case f.Call(callable=callable_, args=args, kwargs=kwargs, via=via):
            return f"{via} {show_call(Made(callable_, args, kwargs))}"
        case f.StateUpdate(target=target, state=state, via=via):
            return f"{via} {show(target)} <- {show(state)}"
        case f.Lookup(value=value):
            return f"lookup {show(value)}"
        case f.Code(name=name, language=language, references=references):
            names = " ".join(_word(r.name) + ("()" if r.called else "") for r in references)
            return f"code {_word(language)} {quote(name)} {names}".rstrip()
        case f.Layer():
            return _layer(fact)
        case f.Reference(target=target, role=role):
            return f"reference {_word(role)} {quote(target)}"
        case f.Template(does=does, chain=chain, args=args, when=when):
            text = f"template {does} " + " ".join(quote(part) for part in chain)
            text += " " + show(Sequence("list", args)) if args else ""
            return text + (" when " + " ".join(quote(part) for part in when) if when else "")
        case f.Anomaly(kind=kind, message=message, values=values):
            text = f"anomaly {kind} {quote(message)}"
            return text + "".join(" " + show(value) for value in values)
        case f.Opaque(size=size, role=role):
            return f"opaque {_word(role or 'bytes')} size {size}"
        case f.Limit(name=name, message=message):
            return f"limit {name} {quote(message)}"
    return _content(fact)


def _content(fact: f.Fact) -> str:
    """What an artifact holds, besides what loading it does."""
    match fact:
        case f.Graph(dialect=dialect, network=network):
            return f"graph {_word(dialect)} {show_network(network)}"
        case f.Member(name=name, type=kind, size=size, stored=stored, target=target):
            text = f"member {kind} {quote(name)}"
            text += f" size {size}" if size is not None else ""
            text += f" stored {stored}" if stored is not None else ""
            return text + (f" -> {quote(target)}" if target is not None else "")
        case f.Tensor(name=name, dtype=dtype, shape=shape):
            return f"tensor {quote(name)} {_word(dtype)} {list(shape)}"
        case f.Metadata(key=key, value=value):
            return f"metadata {quote(key)} = {show(value)}"
        case f.Executable(type=kind, size=size):
            return f"executable {_word(kind)}" + (f" size {size}" if size is not None else "")
        case f.Payload(type=kind, place=place, size=size, sha256=digest):
            text = f"payload {_word(kind)} {quote(place)} size {size}"
            return text + (f" sha256 {quote(digest)}" if digest else "")
        case f.Credential(type=kind, shown=shown, size=size, sha256=digest, proof=proof):
            return f"credential {_word(kind)} {quote(shown)} size {size} {quote(digest)} {proof}"
        case f.Signature(name=name, source=source, severity=severity, text=told, meta=meta):
            text = f"signature {source} {_word(name)} {quote(severity)} {quote(told)}"
            return text + "".join(f" {quote(key)}={quote(value)}" for key, value in meta)
    raise TypeError(f"not a kind of fact: {type(fact).__name__}")


def _layer(layer: f.Layer) -> str:
    text = f"layer {_word(layer.class_name)}"
    text += f" module {quote(layer.module)}" if layer.module is not None else ""
    if layer.registered_name is not None:
        text += f" registered {quote(layer.registered_name)}"
    text += f" named {quote(layer.name)}" if layer.name else ""
    return text if layer.config == Mapping(()) else f"{text} {show(layer.config)}"


def _place(fact: f.Fact) -> str:
    where = visible(fact.at.path) or ("" if fact.at.offset is None else str(fact.at.offset))
    times = f"x{fact.count}" if fact.count > 1 else ""
    return f"{'@' + where if where else ''} {times}".strip()


def _dotted(text: str) -> bool:
    """Whether `text` reads as a dotted name, with parts such as `<locals>` and `my-module`."""
    parts = [part.removeprefix("<").removesuffix(">") for part in text.split(".")]
    return text.isascii() and all(
        part.replace("-", "_").isidentifier() and not part.startswith("-") for part in parts
    )


def _word(text: str) -> str:
    """Write a word as it is, in quotes where it could be taken for anything else."""
    counts = text.startswith("x") and text[1:].isdigit()
    return quote(text) if counts or not _dotted(text) else text
