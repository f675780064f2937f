"""What TorchScript refers to: one pass over its tokens with a stack of open brackets.

Nothing is resolved but what the language resolves by itself: dotted names, brackets around them,
and `getattr` with a constant, which reaches operators as well.
"""

from __future__ import annotations

from keyword import kwlist
from typing import Final

import msgspec

from modelassay.core.facts import CodeReference
from modelassay.formats.pytorch.torchscript.lexer import is_closed, tokens, unquote
from modelassay.formats.pytorch.torchscript.names import resolve
from modelassay.io.budget import Budget

Chain = tuple[str, ...]

_VALUE: Final[Chain] = ("?",)
_KEYWORDS: Final = frozenset(kwlist)
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_MOST_REFERENCES: Final = 20_000
_MOST_ARGUMENTS: Final = 8
_LONGEST_ARGUMENT: Final = 300
_LONGEST_CHAIN: Final = 64
_DEEPEST: Final = 5_000  # those who load it recurse
_TICKS: Final = 1 << 16


class Found(msgspec.Struct):
    """References in order of the text, each once for its function and its constant arguments.

    `fault` says why they may not be all.
    """

    references: list[CodeReference] = []
    fault: str = ""


class _Bracket(msgspec.Struct):
    """An open bracket: what it calls, if it does, and what stands in it so far."""

    mark: str
    callee: Chain | None = None
    values: list[Chain] = []
    strings: list[str] = []


def read(text: str, budget: Budget) -> Found:
    """Return what `text` refers to. Raises `BudgetError`."""
    reader = _Reader()
    for count, (kind, word) in enumerate(tokens(text)):
        if count % _TICKS == 0:
            budget.tick()
        reader.take(kind, word)
        if len(reader.open) > _DEEPEST:
            reader.found.fault = "its source is nested too deep"
            break
    reader.end_value()
    while reader.open:
        reader.close(reader.open[-1].mark)
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found = Found()
        self.open: list[_Bracket] = []
        self.value: Chain | None = None
        self.string: str | None = None
        self.dotted = False
        self.defines = ""
        self.scope = ["", ""]
        self.known: set[tuple[str, bool, Chain]] = set()

    def take(self, kind: str, text: str) -> None:
        """Take the next token."""
        if kind == "name":
            self.take_name(text)
        elif kind == "string":
            self.take_string(text)
        elif text == "." and self.value is not None:
            self.dotted = True
            self.string = None
            return
        elif text in ("(", "[", "{"):
            self.begin(text)
        elif text in _CLOSING:
            self.close(_CLOSING[text])
        elif text == "=" and self.open and self.open[-1].callee is not None:
            self.value = None  # the name of an argument
        elif text == "^":
            self.end_value()
            self.value = ("^",)
        elif kind != "end" or not self.open:
            self.end_value()
            self.value = _VALUE if kind == "number" else None
        self.dotted = False

    def take_name(self, name: str) -> None:
        if self.dotted and self.value is not None:
            self.value = (*self.value, *name.split("."))[:_LONGEST_CHAIN]
        elif self.value == ("^",):
            self.value = ("^", name)
        elif self.defines:
            nested = self.defines == "def"
            self.scope = [self.scope[0] if nested else name, name if nested else ""]
            self.defines = ""
        else:
            self.end_value()
            self.defines = name if name in ("class", "def") else ""
            self.value = None if name in _KEYWORDS else tuple(name.split("."))

    def take_string(self, literal: str) -> None:
        if not is_closed(literal):
            self.found.fault = "a string in its source has no end"
        if self.string is not None:
            self.string += unquote(literal)  # strings side by side are one
        else:
            self.end_value()
            self.string, self.value = unquote(literal), _VALUE

    def begin(self, mark: str) -> None:
        callee = self.value if mark == "(" else None
        if callee is None:
            self.end_value()
        self.open.append(_Bracket(mark, callee))
        self.value = self.string = None

    def end_value(self) -> None:
        """Take the end of a value: that of an argument, or one that is not called."""
        value, string = self.value, self.string
        self.value = self.string = None
        if value is None:
            return
        if not self.open:
            self.refer(value, False, [])
            return
        bracket = self.open[-1]
        if string is not None and len(bracket.strings) < _MOST_ARGUMENTS:
            bracket.strings.append(string[:_LONGEST_ARGUMENT])
        if value != _VALUE or len(bracket.values) < 2:
            bracket.values.append(value)

    def close(self, mark: str) -> None:
        """Take a closing bracket; one that closes nothing is left alone."""
        self.end_value()
        if not self.open or self.open[-1].mark != mark:
            return
        bracket = self.open.pop()
        values, callee = bracket.values, bracket.callee
        if callee == ("getattr",) and values and bracket.strings:
            self.value = (*values[0], *bracket.strings[0].split("."))[:_LONGEST_CHAIN]
            return
        if callee is None and mark == "(" and len(values) == 1:
            self.value = values[0]
            return
        for value in values:
            self.refer(value, False, [])
        if callee is not None:
            self.refer(callee, True, bracket.strings)
        self.value = _VALUE

    def refer(self, chain: Chain, called: bool, strings: list[str]) -> None:
        name = resolve(chain, called)
        if name is None:
            return
        key = (name, called, tuple(strings))
        if key in self.known:
            return
        if len(self.known) >= _MOST_REFERENCES:
            self.found.fault = f"it refers to more than {_MOST_REFERENCES} things"
            return
        self.known.add(key)
        path = ".".join(part for part in self.scope if part)
        self.found.references.append(CodeReference(name, called, tuple(strings), path))
