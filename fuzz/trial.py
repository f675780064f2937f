"""What is tried with each case: it is read as the kernel reads it, and must end well."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from modelassay import rules  # noqa: E402
from modelassay.core.errors import BudgetError, MissingExtraError, ReadError  # noqa: E402
from modelassay.core.facts import Fact  # noqa: E402
from modelassay.core.notation import describe  # noqa: E402
from modelassay.formats import BY_ID, SEARCH  # noqa: E402
from modelassay.formats.base import (  # noqa: E402
    Child,
    Elements,
    Event,
    Incomplete,
    Refined,
    Skipped,
    Source,
    Weights,
)
from modelassay.io.blob import Blob, Memory  # noqa: E402
from modelassay.io.budget import Budget, Limits  # noqa: E402
from modelassay.kernel import Item, Options, Scanner  # noqa: E402
from modelassay.rules.base import Subject  # noqa: E402

LONGEST = 5  # seconds of the processor: other work on the machine is no hang
LIMITS = Limits(inflated=1 << 30, ratio_from=64 << 20)
_ALLOWED = (BudgetError, MissingExtraError, ReadError)
_NO_FACTS = (Child, Elements, Incomplete, Refined, Skipped, Weights)
_OF_CHILD = 1 << 16  # bytes read of what a container holds
_MOST_FACTS, _DESCRIBED = 20_000, 50


class HangError(BaseException):
    """A case takes too long. No parser may catch it."""


@contextmanager
def watched() -> Iterator[list[float]]:
    """Raise `HangError` in what takes too long; the list gets the seconds it took."""
    took: list[float] = []
    signal.signal(signal.SIGPROF, _hung)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    start = time.process_time()
    try:
        yield took
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        took.append(time.process_time() - start)


def _hung(number: int, frame: FrameType | None) -> None:
    raise HangError(f"more than {LONGEST} s of the processor")


def read(format: str, blob: Blob, name: str = "", dialect: object = None) -> None:
    """Read `blob` as `format`, and what lies in it from its start; then ask the rules."""
    module = (SEARCH if format == SEARCH.id else BY_ID[format]).load()
    facts: list[Fact] = []
    with suppress(*_ALLOWED):
        module.identify(blob)
    with suppress(*_ALLOWED):
        for event in module.parse(Source(blob, Budget(LIMITS), name, dialect, deep=True)):
            _take(event, facts)
            if len(facts) > _MOST_FACTS:
                break
    subject = Subject(facts, format)
    for rule in rules.listening(subject.kinds()):
        for _ in rule.load().check(subject):
            pass
    for fact in facts[:_DESCRIBED]:
        describe(fact)


def _take(event: Event, facts: list[Fact]) -> None:
    if isinstance(event, Child):
        with suppress(*_ALLOWED):
            event.blob.read_at(0, min(event.blob.size, _OF_CHILD))
    elif not isinstance(event, _NO_FACTS):
        facts.append(event)


def scan(data: bytes) -> None:
    """Scan `data` as a file. Raises `AssertionError` where something unforeseen was caught."""
    scanner = Scanner(["case"], Options(limits=LIMITS))
    scanner.scan(Item("case", lambda: Memory(data)))
    for problem in scanner.finish().errors:
        assert "defect" not in problem.advice, problem.message
