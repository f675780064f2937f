"""A template from its bytes to its facts."""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Location, Metadata, Template
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.chat_template.evaluation import TooDeepError
from modelassay.formats.chat_template.record import Record
from modelassay.formats.chat_template.statements import Walker
from modelassay.formats.chat_template.syntax import (
    LARGEST,
    NotParsedError,
    parse_template,
    words,
)


def follow(source: Source) -> Iterator[Event]:
    """Yield what the template would do, and the format that holds it if that is told."""
    if isinstance(source.dialect, str):
        yield Metadata(key="held by", value=Const(source.dialect))
    if source.blob.size > LARGEST:
        yield Incomplete(f"the template has {source.blob.size} bytes")
    text = source.blob.head(LARGEST).decode("utf-8", "replace")
    record = Record(source.budget)
    limit: BudgetError | None = None
    try:
        tree = parse_template(text)
        Walker(record).walk(tree)
    except NotParsedError as fault:
        yield _anomaly("template-nesting" if fault.deep else "template-syntax", fault, fault.line)
        yield Incomplete(f"the template is not parsed: {fault}")
        yield from _named(text)
    except (TooDeepError, RecursionError) as error:
        yield _anomaly("template-nesting", "an expression is nested too deep", None)
        yield Incomplete(f"an expression is nested too deep to follow: {error}")
        yield from _named(text)
    except OverflowError as error:
        yield Incomplete(str(error))
        yield from _named(text)
    except BudgetError as error:
        limit = error
    yield from record.facts.values()
    if limit is not None:
        raise limit
    if record.limit is not None:
        yield record.limit


def _anomaly(kind: str, message: object, line: int | None) -> Anomaly:
    return Anomaly(
        kind=kind, message=str(message), at=Location(path=f"line {line}" if line else "")
    )


def _named(text: str) -> Iterator[Template]:
    """Yield the private names of a template that cannot be followed."""
    found: dict[str, int] = {}
    for line, word in words(text):
        if "__" in word and len(word) < 200 and len(found) < 100:
            found.setdefault(word, line)
    for word, line in found.items():
        yield Template(does="get", chain=("?", word), at=Location(path=f"line {line}"))
