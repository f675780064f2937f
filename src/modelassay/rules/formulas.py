"""Text that a class of a statistics package runs as Python when its state is set.

Model formulas name columns, and the few functions that models transform them by; patsy and
formulaic evaluate them as Python [1]. The argument parser of a SciPy distribution is one template
filled with the names of its shape parameters, run by `exec` [2].

[1] https://patsy.readthedocs.io/en/latest/formulas.html
[2] scipy/stats/_distn_infrastructure.py, `parse_arg_template`
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

_LONGEST: Final = 1 << 16
_PARSER: Final = re.compile(
    r"""
def _parse_args\(self, (?P<s>(?:[A-Za-z_]\w*, )*) loc=0(?:, scale=1)?\):
    return \((?P=s)\), loc, (?:scale|1)

def _parse_args_rvs\(self, (?P=s) loc=0(?:, scale=1)?, size=None\):
    return self\._argcheck_rvs\((?P=s) loc, (?:scale|1), size=size\)

def _parse_args_stats\(self, (?P=s) loc=0(?:, scale=1)?, moments='mv'\):
    return \((?P=s)\), loc, (?:scale|1), moments
\Z""",
    re.ASCII,
)
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?!["'])
    |(?P<number>\d{1,7}(?:\.\d{0,20})?(?:[eE]-\d{1,3})?|\.\d{1,20})(?![\w.])
    |(?P<quote>"[^"\\\n{}]*"|'[^'\\\n{}]*')
    |(?P<power>(?:\*\*|\^)\s*[2-9](?![\w.]))
    |(?P<sign>\*(?!\*)|[-~+:/|%,=<>!&()\[\]]))""",
    re.VERBOSE,
)
#: Columns may be combined to a small power. More, and a number can be made that has no end.
_MOST_POWERS: Final = 2
_KEYWORDS: Final = frozenset({"lambda", "for", "if", "else", "await", "yield", "import"})
#: What text and lists may stand between, so that they are handed on and never repeated.
_BEFORE_ITEMS: Final = frozenset("(,=<>![")
_AFTER_ITEMS: Final = frozenset(",)]")


def is_argument_parser(text: str) -> bool:
    """Whether `text` is what SciPy makes of its template, with names of shape parameters."""
    return len(text) <= _LONGEST and _PARSER.match(text) is not None


def is_plain_formula(text: str, functions: Collection[str]) -> bool:
    """Whether evaluating a formula only combines columns and these functions of them."""
    tokens = list(_tokens(text.rstrip()[: _LONGEST + 1]))
    if not tokens or len(text) > _LONGEST or tokens[-1][0] == "error":
        return False
    words = ["", *(word for _, word in tokens), ""]
    inside: list[str] = []
    for index, (kind, word) in enumerate(tokens, 1):
        before, after = words[index - 1], words[index + 1]
        match kind:
            case "name" if "." in word or after == "(":
                plain = word in functions
            case "name":
                plain = "__" not in word and word not in _KEYWORDS
            case "quote":
                plain = _is_handed_on(before, after, inside)
            case "power":
                plain = not after.startswith(("*", "^"))
            case "sign":
                plain = _is_nested(word, before, after, inside)
            case _:
                plain = True
        if not plain:
            return False
    return sum(kind == "power" for kind, _ in tokens) <= _MOST_POWERS


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token, and at last an `error` if something is none."""
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or token.lastgroup is None:
            yield "error", text[position]
            return
        yield token.lastgroup, token[token.lastgroup]
        position = token.end()


def _is_handed_on(before: str, after: str, inside: list[str]) -> bool:
    """Whether text stands where a function takes it, or a column is compared with it.

    `I` returns what it is given.
    """
    if not inside or not inside[-1] or before not in _BEFORE_ITEMS or after not in _AFTER_ITEMS:
        return False
    return inside[-1] != "I" or before in "=<>!"


def _is_nested(word: str, before: str, after: str, inside: list[str]) -> bool:
    """Whether a sign may stand here. `inside` are the functions and lists that are open."""
    if word == "(":
        inside.append(before if before.isidentifier() or "." in before else "")
        return before not in (")", "]") and before[:1] not in ("'", '"') and not before.isdigit()
    if word == "[":
        plain = before in _BEFORE_ITEMS and bool(inside) and inside[-1] not in ("", "I")
        inside.append(word)
        return plain
    if word == ",":
        return bool(inside) and inside[-1] not in ("", "I")
    if word in (")", "]"):
        return (
            bool(inside)
            and (inside.pop() == "[") == (word == "]")
            and (word == ")" or after in _AFTER_ITEMS)
        )
    return True
