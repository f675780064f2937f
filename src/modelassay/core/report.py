"""The report of a scan: what was read, what was found, and what could not be read.

These types are the contract with users: the JSON report is this, and its schema is made from it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from modelassay.core.findings import Finding, Severity

Status: TypeAlias = Literal["scanned", "partial", "failed", "unknown"]
Verdict: TypeAlias = Literal["malicious", "suspicious", "clean"]


class Loading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a call that loads a repository would do with its files.

    `takes` are the files it reads weights and the like from, `leaves` those that are of the same
    use and not read, `runs` the code that runs, as files or import paths.
    """

    call: str
    takes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


class Artifact(msgspec.Struct, omit_defaults=True):
    """A file, a member of one, or a repository, that was given or found.

    `status`: `scanned`, all of it that can carry meaning was read; `partial`, some of it was not;
    `failed`, an error ended its reading; `unknown`, no format was recognised and its bytes were
    only searched for payloads. `reason` says why it is not `scanned`. `sha256` stands where every
    byte was read. `about` is what it says of itself, such as its licence; nobody checked it.
    `loading` tells of a repository, whose path is its folder, what loading it does.
    """

    path: str
    format: str | None
    status: Status
    size: int
    sha256: str | None = None
    reason: str | None = None
    loading: tuple[Loading, ...] = ()
    about: dict[str, tuple[str, ...]] = {}


class Coverage(msgspec.Struct):
    """How much was read. Bytes count what was read from storage or inflated, members all seen.

    `skipped` maps a reason to the number of bytes not read for it, such as plain tensor data.
    """

    files: int = 0
    members: int = 0
    bytes_total: int = 0
    bytes_read: int = 0
    bytes_inflated: int = 0
    skipped: dict[str, int] = {}

    def add(self, other: Coverage) -> None:
        """Count what `other` counts as well."""
        self.files += other.files
        self.members += other.members
        self.bytes_total += other.bytes_total
        self.bytes_read += other.bytes_read
        self.bytes_inflated += other.bytes_inflated
        for reason, size in other.skipped.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + size


class Problem(msgspec.Struct, frozen=True):
    """Something that went wrong: where, what, and what to do about it."""

    artifact: str
    message: str
    advice: str = ""


class Tool(msgspec.Struct, frozen=True):
    """The program that made the report."""

    name: str
    version: str


class Report(msgspec.Struct, tag_field="schema", tag=1):
    """All that a scan found. In JSON, `schema` is the version of this shape."""

    tool: Tool
    target: list[str]
    verdict: Verdict = "clean"
    complete: bool = True
    artifacts: list[Artifact] = []
    findings: list[Finding] = []
    coverage: Coverage = msgspec.field(default_factory=Coverage)
    errors: list[Problem] = []

    def worst(self) -> Severity | None:
        """Return the highest severity of all findings."""
        return max((f.severity for f in self.findings), key=lambda s: s.rank, default=None)
