"""Python source: what it refers to and calls, read from its syntax tree, never compiled or run.

Source: the Python language reference (lexical analysis, full grammar), `ast` of the standard
library. Where a text is no source of the running Python, or too much of it, its words still tell
what it names. Formats that carry source build on this room::

    fact = source_fact(text, "forward", at)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, CodeReference, Limit, Location
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.pycode.values import show
from modelassay.formats.pysource import constants, names, statements
from modelassay.formats.pysource.evaluation import evaluate
from modelassay.formats.pysource.parsing import LONGEST, decode, parse_tree
from modelassay.formats.pysource.words import name_words
from modelassay.io.blob import Blob

__all__ = ["identify", "parse", "source_fact"]

_VISITS: Final = names.VISITS | constants.VISITS | statements.VISITS
_LONGEST_LISTING: Final = 400
_LONGEST_LINE: Final = 200
_LONGEST_ARGUMENT: Final = 120
_MOST_WORDS: Final = 16 << 20


def identify(blob: Blob) -> bool:
    """Never by itself: much text reads as source. What holds it tells."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield what the source refers to."""
    text, known = decode(source.blob.head(_MOST_WORDS))
    fact = source_fact(text, source.name.rpartition("!")[2], Location(0))
    fact.complete = fact.complete and known
    yield fact
    if not known:
        yield Incomplete("its encoding is not one that is read")
    if source.blob.size > _MOST_WORDS:
        yield Limit(name="text", message=f"only {_MOST_WORDS} bytes of the source were read")


def source_fact(text: str, name: str, at: Location) -> Code:
    """Return what `text` refers to, with its first lines.

    It is not `complete` where the text could not be parsed and only its words were looked at.
    """
    tree = parse_tree(text) if len(text) <= LONGEST else None
    if tree is None:
        references, complete = list(name_words(text)), False
    else:
        found = evaluate(tree, _VISITS)
        complete = found.complete
        references = [
            CodeReference(
                name=one.name,
                called=one.called,
                args=tuple(show(value, _LONGEST_ARGUMENT) for value in one.arguments),
                path=one.path,
            )
            for one in found.records
        ]
    lines = text[: _LONGEST_LISTING * _LONGEST_LINE].splitlines()[:_LONGEST_LISTING]
    listing = tuple(line[:_LONGEST_LINE] for line in lines)
    return Code(
        name=name,
        language="python",
        references=tuple(dict.fromkeys(references)),
        listing=listing,
        complete=complete,
        at=at,
    )
