"""`modelassay diff`: what came, went or changed between two models."""

from __future__ import annotations

import click

from modelassay.api import scan
from modelassay.cli.exits import Exit
from modelassay.cli.outputs import STDOUT, put, view_of
from modelassay.cli.progress import Progress
from modelassay.cli.saved import is_report, read
from modelassay.kernel import Options
from modelassay.reports.difference import as_json, compare, render
from modelassay.reports.snapshot import Snapshot, of_report


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
@click.option("--quick", is_flag=True, help="Leave out the bytes of tensors and large files.")
@click.option("--verbose", "-v", is_flag=True, help="All that differs, long lines whole.")
def command(before: str, after: str, form: str, quick: bool, verbose: bool) -> int:
    """Tell what differs between two files, folders or saved reports.

    Findings, callables, code, operators, layers, templates, members, metadata and tensors that
    came with B, that were only in A, or that changed: tensors by the hash of their bytes,
    templates line by line. Of saved reports, findings and artifacts.
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
        old, whole_old = _look(before, quick)
        new, whole_new = _look(after, quick)
        complete = whole_old and whole_new
    difference = compare(old, new, complete)
    if form == "json":
        put(as_json(difference))
    else:
        put(render(difference, view_of(STDOUT, verbose=verbose)))
    if not complete:
        return Exit.ERROR
    return Exit.CLEAR if difference.none else Exit.FOUND


def _look(target: str, quick: bool) -> tuple[Snapshot, bool]:
    """Read a target, and tell whether it was read whole."""
    snapshot = Snapshot(target, hashing=not quick)
    with Progress() as progress:
        report = scan(
            target,
            options=Options(hash=not quick),
            progress=progress,
            observe=snapshot.take,
            attend=snapshot.attend,
        )
    return snapshot.finish(report), report.complete and not report.errors
