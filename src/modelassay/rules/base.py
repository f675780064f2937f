"""What a rule is: metadata, a documentation page, a check over facts, and examples.

A rule is a module with a docstring, which is its page (what, why, remediation, references), a
`RULE` and a function::

    def check(subject: Subject) -> Iterator[Match]

The examples in `RULE` are facts in their textual form, one set a line; the tests run them and the
page shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import msgspec

from modelassay.core.facts import Anomaly, Fact
from modelassay.core.findings import Confidence, FiresAt, Severity

F = TypeVar("F", bound=Fact)


class Rule(msgspec.Struct, frozen=True):
    """The metadata of a rule. `fires` and `silent` are examples: each a list of facts.

    `severity` is the worst it reports; a match may say less. `cwe` is a number, `atlas` the id of
    a MITRE ATLAS technique, `owasp` that of an OWASP list: unless a rule says otherwise, a file
    that harms whoever takes it over is ML06:2023, an attack on the supply chain.
    """

    id: str
    title: str
    severity: Severity
    remediation: str
    fires: tuple[tuple[str, ...] | str, ...]
    silent: tuple[tuple[str, ...] | str, ...]
    fires_at: FiresAt = "load"
    confidence: Confidence = "high"
    cwe: int | None = None
    atlas: str | None = None
    owasp: str = "ML06:2023"
    cve: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True):
    """What a rule found: a message, the facts it rests on, and where it differs from its rule."""

    message: str
    facts: tuple[Fact, ...]
    severity: Severity | None = None
    confidence: Confidence | None = None
    fires_at: FiresAt | None = None
    cve: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()


class Subject:
    """The facts of one artifact, and what the user vouches for.

    `vouched` are patterns of callables, such as `mylib.nets.*`, that a project answers for. `memo`
    keeps what several rules ask for.
    """

    def __init__(
        self, facts: list[Fact], format: str | None = None, vouched: tuple[str, ...] = ()
    ) -> None:
        self.facts = facts
        self.format = format
        self.vouched = vouched
        self.memo: dict[str, Any] = {}
        self._by_kind: dict[type[Fact], list[Fact]] = {}
        for fact in facts:
            self._by_kind.setdefault(type(fact), []).append(fact)

    def kinds(self) -> frozenset[type[Fact]]:
        """Return the kinds of fact there are."""
        return frozenset(self._by_kind)

    def of(self, *kinds: type[F]) -> Iterator[F]:
        """Yield the facts of these kinds, in order of the kinds."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())  # type: ignore[misc]

    def vouches(self, name: str) -> bool:
        """Whether the project answers for a callable or operator of this name."""
        return any(fnmatchcase(name, pattern) for pattern in self.vouched)

    def anomalies(self, *kinds: str) -> Iterator[Anomaly]:
        """Yield the anomalies of these kinds."""
        yield from (fact for fact in self.of(Anomaly) if fact.kind in kinds)
