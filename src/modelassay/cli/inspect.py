"""`modelassay inspect`: show what files say, without a verdict."""

from __future__ import annotations

import click

from modelassay.api import scan
from modelassay.cli.exits import read_code
from modelassay.cli.outputs import STDOUT, put, view_of
from modelassay.cli.progress import Progress
from modelassay.core.text import visible
from modelassay.reports.contents import Contents, as_json

_FEW, _MANY = 20, 10_000


@click.command("inspect")
@click.argument("target", metavar="FILE")
@click.option(
    "form",
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
@click.option(
    "most",
    "--most",
    type=click.IntRange(min=1, max=1_000_000),
    help="Facts of a kind to show of each artifact.  [default: 20 as text, 10000 as JSON]",
)
@click.option("--verbose", "-v", is_flag=True, help="Long lines and listings whole.")
def command(target: str, form: str, most: int | None, verbose: bool) -> int:
    """Show what a file says: tensors, operators, metadata, members, code, callables.

    It is read as `scan` reads it, and never loaded. '-' is standard input.
    """
    contents = Contents(most or (_FEW if form == "text" else _MANY))
    with Progress() as progress:
        report = scan(target, progress=progress, observe=contents.take)
    if form == "json":
        put(as_json(contents))
    else:
        from modelassay.reports.contents_text import render

        put(render(contents, view_of(STDOUT, verbose=verbose)))
    for problem in report.errors:
        click.echo(f"modelassay: {visible(problem.artifact)}: {visible(problem.message)}", err=True)
    return read_code(report)
