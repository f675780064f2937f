"""`modelassay extract`: write what is hidden in a file to files for analysis."""

from __future__ import annotations

import click

from modelassay.cli.exits import Exit, read_code
from modelassay.cli.progress import Progress
from modelassay.core.text import visible
from modelassay.extraction import extract
from modelassay.kernel import Options


@click.command("extract")
@click.argument("target", metavar="FILE")
@click.option("--finding", metavar="FP", help="Only what the finding of this fingerprint tells of.")
@click.option(
    "--output",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="The folder that the payloads go to, made if there is none.",
)
@click.option(
    "--yara",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Rules of your own to search for; repeatable.",
)
def command(target: str, finding: str | None, output: str, yara: tuple[str, ...]) -> int:
    """Write the payloads that a deep scan of FILE finds to files that nothing runs.

    Each is called after its SHA-256 and is not executable; an existing file is never overwritten.
    The exit code is 1 where something was written.
    """
    options = Options(deep=True, yara=yara)
    with Progress() as progress:
        written, report = extract(target, output, finding, options, progress)
    for one in written:
        payload = one.payload
        told = f"{payload.type} of {payload.size} bytes in the {payload.place}"
        click.echo(f"{one.path}: {visible(told)}, of {visible(one.artifact)}")
    if not written:
        click.echo("nothing to extract", err=True)
    return Exit.FOUND if written else read_code(report)
