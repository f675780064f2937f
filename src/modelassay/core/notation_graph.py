"""The textual form of graphs, one line each.

For example::

    graph onnx main(x) -> (y) { c: 0.5; m = Greater(x, c); y = Where(m, x, h) }
    graph tensorflow main() -> () { p: "/tmp/x"; w = WriteFile(p, d) } entry signature serve main(w)

Each part is its name, its inputs and outputs, and in braces its constants (`name: value`) and its
nodes. A node is `outputs = Operator[attribute=value, attribute -> part](inputs)`, an operator of a
domain `domain:Operator`, a subgraph `name(...) -> (...) in parent`, an output without a name `_`.
"""

from __future__ import annotations

from typing import Protocol

from modelassay.core.graph import Entry, Network, Node, Part
from modelassay.core.text import quote
from modelassay.core.values import Value


class Reader(Protocol):
    """What is needed of the reader of `notation_reader`."""

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        """Return the kind and the text of a token."""

    def take(self, wanted: str | None = None) -> str:
        """Take a token."""

    def accept(self, text: str) -> bool:
        """Take a token if it is `text`."""

    def word(self) -> str:
        """Take a name or a quoted one."""

    def value(self) -> Value:
        """Take a value."""


def word(text: str) -> str:
    """Write a name as it is, in quotes where it is not one."""
    plain = text.isascii() and all(
        piece.replace("-", "_").isidentifier() and piece[0] != "-" for piece in text.split(".")
    )
    numeric = text.startswith(("inf", "nan"))
    return text if plain and not numeric and text not in ("_", "entry", "in") else quote(text)


def show_network(network: Network) -> str:
    """Return the textual form of `network`."""
    # Imported here: the form of values is that of `notation`, which shows graphs by this.
    from modelassay.core.notation import show

    pieces = []
    for part in network.parts:
        lines = [f"{word(name)}: {show(value)}" for name, value in part.constants.items()]
        lines += [_show_node(node) for node in part.nodes]
        head = f"{word(part.name)}({_words(part.inputs)}) -> ({_words(part.outputs)})"
        head += f" in {word(part.parent)}" if part.parent is not None else ""
        pieces.append(f"{head} {{ {'; '.join(lines)} }}" if lines else f"{head} {{}}")
    for entry in network.entries:
        values = _words(entry.values)
        pieces.append(f"entry {word(entry.kind)} {word(entry.name)} {word(entry.part)}({values})")
    return " ".join(pieces)


def _show_node(node: Node) -> str:
    from modelassay.core.notation import show

    outputs = _words(node.outputs) if node.outputs else "_"
    called = f"{word(node.domain)}:{word(node.op)}" if node.domain else word(node.op)
    attrs = [f"{word(name)}={show(value)}" for name, value in node.attrs]
    attrs += [f"{word(name)} -> {word(part)}" for name, part in node.calls]
    within = f"[{', '.join(attrs)}]" if attrs else ""
    return f"{outputs} = {called}{within}({_words(node.inputs)})"


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(word(name) for name in names)


def read_network(reader: Reader) -> Network:
    """Read a network from its textual form."""
    network = Network([], [])
    while reader.peek()[0] != "end":
        if reader.peek()[1] == "entry" and reader.peek(1)[1] != "(":
            reader.take()
            kind, name, part = reader.word(), reader.word(), reader.word()
            network.entries.append(Entry(kind, name, part, _read_words(reader)))
        else:
            network.parts.append(_read_part(reader))
    return network


def _read_part(reader: Reader) -> Part:
    part = Part(reader.word(), _read_words(reader), nodes=[], constants={})
    reader.take("->")
    part.outputs = _read_words(reader)
    part.parent = reader.word() if reader.accept("in") else None
    reader.take("{")
    while not reader.accept("}"):
        names = [] if reader.accept("_") else [reader.word()]
        while reader.accept(","):
            names.append(reader.word())
        if reader.accept(":"):
            part.constants[names[0]] = reader.value()
        else:
            reader.take("=")
            part.nodes.append(_read_node(reader, tuple(names)))
        if reader.peek()[1] != "}":
            reader.take(";")
    return part


def _read_node(reader: Reader, outputs: tuple[str, ...]) -> Node:
    plain = reader.peek()[0] == "name"
    op, domain = reader.word(), ""
    if plain and ":" in op:
        domain, _, op = op.partition(":")
    elif reader.accept(":"):
        domain, op = op, reader.word()
    attrs, calls = [], []
    if reader.accept("["):
        while not reader.accept("]"):
            name = reader.word()
            if reader.accept("->"):
                calls.append((name, reader.word()))
            else:
                reader.take("=")
                attrs.append((name, reader.value()))
            if reader.peek()[1] != "]":
                reader.take(",")
    inputs = _read_words(reader)
    return Node(op, inputs, outputs, domain, attrs=tuple(attrs), calls=tuple(calls))


def _read_words(reader: Reader) -> tuple[str, ...]:
    reader.take("(")
    names = []
    while not reader.accept(")"):
        names.append(reader.word())
        if reader.peek()[1] != ")":
            reader.take(",")
    return tuple(names)
