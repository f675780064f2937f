"""`modelassay scan`: read files and folders, report what they would do."""

from __future__ import annotations

import re
from typing import Any

import click

from modelassay import reports
from modelassay.api import scan
from modelassay.cli.exits import exit_code
from modelassay.cli.outputs import pair
from modelassay.cli.progress import Progress
from modelassay.core.findings import Severity
from modelassay.io.budget import Limits
from modelassay.kernel import Options

_SEVERITIES = [severity.value for severity in Severity if severity is not Severity.INFO]
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class _Size(click.ParamType[int]):
    """A number of bytes, such as `512M` or `8G`."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """See `click.ParamType`."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,15})([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is no size: write 1000000, 512M or 8G.", param, ctx)
        return int(found[1]) * _UNITS[found[2].upper()]


@click.command("scan")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option(
    "formats",
    "--format",
    multiple=True,
    type=click.Choice(list(reports.BY_ID)),
    help="How to report; repeatable, each with its --output.  [default: text]",
)
@click.option(
    "outputs",
    "--output",
    multiple=True,
    metavar="FILE",
    help="Where the report goes, made only when there is one.  [default: standard output]",
)
@click.option(
    "--fail-on",
    type=click.Choice(_SEVERITIES),
    default="high",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@click.option("--include", multiple=True, metavar="GLOB", help="Only files like this in folders.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No files or folders like this.")
@click.option("--strict", is_flag=True, help="Every file of unknown format makes it incomplete.")
@click.option("--hash", is_flag=True, help="Read all bytes of every file for its SHA-256.")
@click.option("--quiet", "-q", is_flag=True, help="No progress; of the text, the verdict alone.")
@click.option("--verbose", "-v", is_flag=True, help="All evidence and every artifact.")
@click.option(
    "--allow",
    multiple=True,
    metavar="PATTERN",
    help="Callables you answer for, such as 'mylib.nets.*'; repeatable.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=Limits().seconds,
    show_default=True,
    help="Time for one file.",
)
@click.option(
    "--max-inflated",
    type=_Size(),
    default=Limits().inflated,
    show_default="8G",
    help="Bytes to inflate of one file.",
)
@click.option(
    "--max-members",
    type=click.IntRange(min=1),
    default=Limits().members,
    show_default=True,
    help="Members of archives in one file.",
)
@click.option(
    "--max-depth",
    type=click.IntRange(min=1),
    default=Limits().depth,
    show_default=True,
    help="Levels of archives in archives.",
)
def command(**given: Any) -> int:
    """Scan files and folders without loading them; '-' is standard input."""
    outputs = pair(given["formats"], given["outputs"])
    limits = Limits(
        seconds=given["max_seconds"],
        inflated=given["max_inflated"],
        members=given["max_members"],
        depth=given["max_depth"],
    )
    options = Options(limits, given["strict"], given["hash"], given["allow"])
    with Progress(wanted=not given["quiet"]) as progress:
        report = scan(
            *given["targets"],
            options=options,
            include=given["include"],
            exclude=given["exclude"],
            progress=progress,
        )
    for output in outputs:
        output.write(report, verbose=given["verbose"], quiet=given["quiet"])
    return exit_code(report, Severity(given["fail_on"]))
