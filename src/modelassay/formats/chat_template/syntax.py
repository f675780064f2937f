"""The syntax tree of a template, made by Jinja's own parser and never rendered.

Source: https://jinja.palletsprojects.com/en/stable/templates/; the environment of
`transformers.utils.chat_template_utils` (loop controls, the `generation` tag, trimmed blocks). The
parser recurses, so the nesting of a template is measured on its tokens first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment, TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

LARGEST: Final = 1 << 20
_DEEPEST: Final = 60
_OPENING: Final = {"if", "for", "macro", "call", "filter", "with", "block", "generation", "raw"}
_TAG: Final = re.compile(
    r"\{%[-+]?\s*(?:if|for|set|macro|call|filter|with|block|include|import|from|extends|generation"
    r"|do)\b"
)
#: Templates of web pages are no prompts, unless they go through a conversation by themselves or
#: reach for what Python keeps of its objects: a prompt may have an element of HTML as well.
_PAGE: Final = re.compile(
    r"(?i)<(?:!doctype|html|head|body|div|span|table|form|script|link|meta)\b"
)
_CONVERSATION: Final = re.compile(r"\{%[-+]?\s*(?:for|if|set)\b[^%]{0,200}\bmessages\b")
_PARTS_OF_ONE: Final = re.compile(r"\b(?:content|role)\b")
_LOADS: Final = re.compile(r"\{%[-+]?\s*(?:extends|include|import|from)\b")
_EDGE: Final = re.compile(r"\{[{%]|[}%]\}")
_REACHES: Final = re.compile(r"__[a-z]+__|\\x5f|\\u005f|\b(?:lipsum|cycler|joiner)\b")
#: What pages that are put together of others do as well.
_MAY_REACH: Final = re.compile(r"__|\|\s*attr\b|['\"]_+['\"]")
_SUBJECT: Final = re.compile(r"\b(?:messages?|content|tools?|bos_token)\b")


class NotParsedError(ValueError):
    """A template cannot be parsed; `line` is where, `deep` is whether it is nested too deep."""

    def __init__(self, message: str, line: int | None = None, deep: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.deep = deep


class _Generation(Extension):
    """`{% generation %}` marks what an assistant wrote; what is inside is rendered."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        """Return the body."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


_ENVIRONMENT: Final = Environment(  # noqa: S701
    trim_blocks=True,
    lstrip_blocks=True,
    cache_size=0,
    extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", _Generation],
)


def looks_like_template(text: str) -> bool:
    """Whether `text`, of which nobody said that it is a template, reads as one for chats."""
    if "{%" not in text and "{{" not in text:
        return False
    if _PAGE.search(text) and _is_page(text):
        return False
    stands_first = text.lstrip().startswith(("{%", "{{", "{#"))
    if not stands_first and not (_TAG.search(text) and _SUBJECT.search(text)):
        return False
    try:
        tree = parse_template(text)
    except NotParsedError:
        return False
    return any(not isinstance(part, nodes.TemplateData) for part in _parts(tree))


def _is_page(text: str) -> bool:
    code = "\n".join(_code(text))
    if _REACHES.search(code):
        return False
    if _LOADS.search(text):
        return True
    converses = _CONVERSATION.search(text) and _PARTS_OF_ONE.search(text)
    return not converses and _MAY_REACH.search(code) is None


def _code(text: str) -> Iterator[str]:
    """Yield what stands between the marks of expressions and statements."""
    start = None
    for edge in _EDGE.finditer(text):
        if start is None and edge[0][0] == "{":
            start = edge.end()
        elif start is not None and edge[0][1] == "}":
            yield text[start : edge.start()]
            start = None
    if start is not None:
        yield text[start:]


def parse_template(text: str) -> nodes.Template:
    """Return the syntax tree. Raises `NotParsedError`."""
    if len(text) > LARGEST:
        raise NotParsedError(f"the template has {len(text)} characters")
    try:
        _check_nesting(text)
        return _ENVIRONMENT.parse(text)
    except TemplateError as error:
        raise NotParsedError(str(error.message), getattr(error, "lineno", None)) from error
    except RecursionError as error:
        raise NotParsedError("the template is nested too deep", deep=True) from error
    except (ValueError, OverflowError) as error:  # a number of thousands of digits
        if isinstance(error, NotParsedError):
            raise
        raise NotParsedError(str(error)) from error


def words(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, name or string) of a template that is no template, as far as it has tokens."""
    try:
        for token in _ENVIRONMENT.lexer.tokenize(text[:LARGEST]):
            if token.type in ("name", "string"):
                yield token.lineno, str(token.value)
    except (TemplateError, ValueError, OverflowError):
        return


def _parts(tree: nodes.Template) -> Iterator[nodes.Node]:
    for statement in tree.body:
        if isinstance(statement, nodes.Output):
            yield from statement.nodes
        else:
            yield statement


def _check_nesting(text: str) -> None:
    """Raise `NotParsedError` where brackets, blocks or operators are nested beyond reason."""
    depth = signs = alternatives = 0
    fresh = False
    for token in _ENVIRONMENT.lexer.tokenize(text):
        if token.type == "block_begin":
            fresh, alternatives = True, 0
            continue
        if token.type in ("lparen", "lbracket", "lbrace"):
            depth += 1
        elif token.type in ("rparen", "rbracket", "rbrace"):
            depth -= 1
        elif token.type == "name" and fresh and str(token.value).removeprefix("end") in _OPENING:
            depth += -1 if str(token.value).startswith("end") else 1
        if token.type in ("sub", "add") or (token.type == "name" and token.value == "not"):
            signs += 1
        elif token.type not in ("name", "integer", "float"):
            signs = 0
        alternatives += token.type == "name" and token.value == "else"
        fresh = False
        if max(depth, signs // 4, alternatives) > _DEEPEST:
            raise NotParsedError("the template is nested too deep", token.lineno, deep=True)
