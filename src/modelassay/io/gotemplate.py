"""Templates of Go, as Ollama renders prompts with: the text they hold, and what it hangs on.

Source: the documentation of Go's `text/template`; `template/template.go` of Ollama 0.1 to 0.20. The
shape alone is followed: nothing is looked up, called or rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

#: An action, whose strings may hold braces; a comment ends where comments end. Nothing is tried in
#: two ways.
_ACTION: Final = re.compile(
    r"\{\{(?:-\s)?\s*+(?:/\*.*?\*/\s*+-?\}\}"
    r"|(?P<body>(?:\"(?:\\.|[^\"\\])*+\"|`[^`]*+`|[^\"`}]|\}(?!\}))*+)\}\})",
    re.DOTALL,
)
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
_WORD: Final = re.compile(r"[a-z]+")
_OPENING: Final = frozenset(("if", "with", "range", "block", "define"))
#: The fields of a conversation that hold what people wrote.
_WRITTEN: Final = re.compile(r"\.(?:Prompt|Content|Response|Thinking|Suffix)\b")
_SET: Final = re.compile(r"\s*(\$\w+)\s*:?=")
_VARIABLE: Final = re.compile(r"\$\w+")
_MOST: Final = 20_000


class Text(NamedTuple):
    """Text that a template puts into the prompt, and the constants it takes for that.

    `when` are the strings that something people wrote is compared with before it comes to this.
    """

    text: str
    when: tuple[str, ...]
    line: int


def texts(template: str) -> Iterator[Text]:
    """Yield the texts of a template in their order; of one that is broken, those before that."""
    held: list[frozenset[str]] = []
    written: set[str] = set()
    position, line = 0, 1
    for _ in range(_MOST):
        start = template.find("{{", position)
        action = _ACTION.match(template, start) if start >= 0 else None
        if action is None:
            break
        yield Text(template[position : action.start()], _all(held), line)
        line += template.count("\n", position, action.end())
        position = action.end()
        body = action["body"] or ""
        word = _WORD.match(body)
        met = _met(body, written)
        if (assigned := _SET.match(body)) and _reads(body, written):
            written.add(assigned[1])
        if word and word[0] in _OPENING:
            held.append(met)
        elif word and word[0] == "else" and held:
            held[-1] |= met
        elif word and word[0] == "end" and held:
            held.pop()
        else:
            strings = (match[0][1:-1] for match in _STRING.finditer(body))
            yield from (Text(string, _all(held), line) for string in strings)
    yield Text(template[position:], _all(held), line)


def _met(body: str, written: set[str]) -> frozenset[str]:
    """Return the strings that an action holds what people wrote against."""
    if not _reads(body, written):
        return frozenset()
    return frozenset(match[0][1:-1] for match in _STRING.finditer(body))


def _reads(body: str, written: set[str]) -> bool:
    plain = _STRING.sub("", body)
    return bool(_WRITTEN.search(plain)) or not written.isdisjoint(_VARIABLE.findall(plain))


def _all(held: list[frozenset[str]]) -> tuple[str, ...]:
    return tuple(sorted(frozenset().union(*held)))
