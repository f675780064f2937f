"""Findings: what the facts of an artifact mean for whoever would load it."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias

import msgspec

from modelassay.core.facts import Location


class Severity(enum.StrEnum):
    """How bad it is, worst first.

    critical: code runs, or memory is corrupted, when the file is loaded, and the evidence is the
    call or the bytes themselves. high: code, file or network access when loaded or used, or a file
    that lies about its structure in a way a loader mishandles. medium: a person has to look. low:
    hygiene. info: context.
    """

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """5 for critical down to 1 for info."""
        return 5 - list(Severity).index(self)


Confidence: TypeAlias = Literal["high", "medium", "low"]
FiresAt: TypeAlias = Literal["load", "inference", "convert", "unpack", "never"]


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact a finding rests on, in its textual form, and lines that show more of it."""

    fact: str
    location: Location = Location()
    count: int = 1
    listing: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """A judged fact, with all a person needs to act on it.

    `loaders` are what the artifact is loaded with, `sha256` is the artifact's where all of it was
    read, `verify` are shell commands that show the place without loading it. `fingerprint` is
    stable for the same rule, content and place, wherever the file lies.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    artifact: str
    location: Location
    evidence: tuple[Evidence, ...]
    fires_at: FiresAt
    cwe: int | None
    atlas: str | None
    cve: tuple[str, ...]
    remediation: str
    docs: str
    fingerprint: str
    owasp: str | None = None
    loaders: tuple[str, ...] = ()
    sha256: str | None = None
    verify: tuple[str, ...] = ()
