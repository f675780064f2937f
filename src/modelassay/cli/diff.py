"""`modelassay diff`: what came, went or changed between two models."""

from __future__ import annotations

import click

from modelassay.api import scan
from modelassay.cli.exits import Exit
from modelassay.cli.outputs import STDOUT, put, view_of
from modelassay.cli.progress import Progress
from modelassay.cli.saved import is_report, read
from modelassay.reports.difference import Snapshot, as_json, compare, of_report, render


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "form",
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
@click.option("--verbose", "-v", is_flag=True, help="All that differs, long lines whole.")
def command(before: str, after: str, form: str, verbose: bool) -> int:
    """Tell what differs between two files, folders or saved reports.

    Findings, callables, code, operators, layers, templates, members, metadata and tensors that
    came with B, that were only in A, or that changed. Of saved reports, findings and artifacts.
    Exit codes: 0 nothing differs, 1 something does, 2 not all could be read.
    """
    saved = is_report(before), is_report(after)
    if any(saved) and not all(saved):
        raise click.UsageError("A saved report is compared with another saved report.")
    if all(saved):
        reports = read(before), read(after)
        old, new = of_report(reports[0]), of_report(reports[1])
        complete = reports[0].complete and reports[1].complete
    else:
        old, whole_old = _look(before)
        new, whole_new = _look(after)
        complete = whole_old and whole_new
    difference = compare(old, new, complete)
    if form == "json":
        put(as_json(difference))
    else:
        put(render(difference, view_of(STDOUT, verbose=verbose)))
    if not complete:
        return Exit.ERROR
    return Exit.CLEAR if difference.none else Exit.FOUND


def _look(target: str) -> tuple[Snapshot, bool]:
    """Read a target, and tell whether it was read whole."""
    snapshot = Snapshot(target)
    with Progress() as progress:
        report = scan(target, progress=progress, observe=snapshot.take)
    return snapshot.finish(report), report.complete and not report.errors
