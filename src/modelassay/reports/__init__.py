"""The table of outputs. To add one: a module with `render`, and one line here.

`render(report, view)` returns the whole output as bytes; a module is imported only where its
format is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

import msgspec

from modelassay.core.report import Report
from modelassay.policy.decision import Decision


class View(msgspec.Struct, frozen=True):
    """How a report is to be shown.

    `terminal` asks for colours and lines of `width` columns; `verbose` for all evidence and every
    artifact; `quiet` for the verdict alone. `decision` is what the user's policy says of it.
    """

    terminal: bool = False
    width: int = 80
    verbose: bool = False
    quiet: bool = False
    decision: Decision = Decision()


class Renderer(Protocol):
    """What an output module offers."""

    def render(self, report: Report, view: View) -> bytes:
        """Return the whole output."""


class Entry(msgspec.Struct, frozen=True):
    """One output: its name and what it is for."""

    id: str
    title: str

    def load(self) -> Renderer:
        """Import the module of this output."""
        return cast(Renderer, import_module(f"modelassay.reports.{self.id}"))


REPORTS: tuple[Entry, ...] = (
    Entry("text", "for people; plain where it does not go to a terminal"),
    Entry("json", "for programs; its schema is docs/reference/report.schema.json"),
    Entry("jsonl", "a line of JSON each; written while files are read if it is the only output"),
    Entry("sarif", "SARIF 2.1.0, for code scanning"),
    Entry("cyclonedx", "CycloneDX 1.6, a bill of materials of the models"),
    Entry("junit", "JUnit XML, for CI servers"),
    Entry("markdown", "for a comment on a pull request"),
    Entry("github", "annotations of GitHub Actions"),
    Entry("html", "one file for a browser, without anything from elsewhere"),
)

BY_ID: dict[str, Entry] = {entry.id: entry for entry in REPORTS}
