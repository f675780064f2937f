"""`modelassay scan`: read files and folders, report what they would do."""

from __future__ import annotations

from typing import Any

import click

from modelassay import reports
from modelassay.api import found, scan, stream
from modelassay.cli.exits import exit_code
from modelassay.cli.gate import Gate
from modelassay.cli.outputs import pair
from modelassay.cli.progress import Progress
from modelassay.core.findings import Severity
from modelassay.core.text import parsed_size
from modelassay.engines import Work
from modelassay.io.budget import Limits

_SEVERITIES = [severity.value for severity in Severity if severity is not Severity.INFO]

_MOST_JOBS = 1024


class _Size(click.ParamType[int]):
    """A number of bytes, such as `512M` or `8G`."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """See `click.ParamType`."""
        if isinstance(value, int):
            return value
        try:
            return parsed_size(value)
        except ValueError as error:
            self.fail(f"{error}: write 1000000, 512M or 8G.", param, ctx)


class _Jobs(click.ParamType[int]):
    """How many processes, or `auto`, which is 0."""

    name = "jobs"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """See `click.ParamType`."""
        number = "0" if value == "auto" else str(value)
        if not (number.isascii() and number.isdigit() and int(number) <= _MOST_JOBS):
            self.fail(f"{value!r} is neither a number up to {_MOST_JOBS} nor auto.", param, ctx)
        return int(number)


class _Format(click.Choice[str]):
    """The name of an output; `console` is what modelscan calls `text`."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType`."""
        return super().convert("text" if value == "console" else value, param, ctx)


@click.command("scan")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option("paths", "--path", "-p", multiple=True, hidden=True)  # as modelscan has it
@click.option(
    "formats",
    "--format",
    "-r",
    multiple=True,
    type=_Format(list(reports.BY_ID)),
    help="How to report; repeatable, each with its --output.  [default: text]",
)
@click.option(
    "outputs",
    "--output",
    "-o",
    multiple=True,
    metavar="FILE",
    help="Where the report goes, made only when there is one.  [default: standard output]",
)
@click.option(
    "--fail-on",
    type=click.Choice(_SEVERITIES),
    help="The least severity that makes the exit code 1.  [default: the policy's, else high]",
)
@click.option(
    "--policy",
    metavar="FILE",
    envvar="MODELASSAY_POLICY",
    help="What you accept, as TOML; also a pyproject.toml.  [env: MODELASSAY_POLICY]",
)
@click.option("--baseline", metavar="FILE", help="Findings you have waived, as TOML.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files like this in folders.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="No files or folders like this.")
@click.option("--strict", is_flag=True, help="Every file of unknown format makes it incomplete.")
@click.option("--hash", is_flag=True, help="Read all bytes of every file for its SHA-256.")
@click.option("--deep", is_flag=True, help="Hash and search every byte, the bits of weights too.")
@click.option(
    "--yara",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Rules of your own to search every byte for; repeatable.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress; of the text, the verdict alone.")
@click.option(
    "--verbose", "-v", "--show-skipped", is_flag=True, help="All evidence and every artifact."
)
@click.option(
    "--allow",
    multiple=True,
    metavar="PATTERN",
    help="Callables you answer for, such as 'mylib.nets.*'; repeatable.",
)
@click.option("--plugin", multiple=True, metavar="NAME", help="Use what a plugin adds.")
@click.option(
    "--jobs",
    type=_Jobs(),
    default=1,
    metavar="N",
    help="Read files by N processes at once; auto: one a core.  [default: 1, this process]",
)
@click.option(
    "--sandbox/--no-sandbox",
    default=None,
    help="Read by processes without network, writes and programs.  [default: where --jobs has them "
    "and the kernel can]",
)
@click.option(
    "--cache",
    metavar="DIR",
    help="Remember there what files hold, and do not read the same bytes again.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(min=0, min_open=True),
    help=f"Time for one file.  [default: {Limits().seconds:g}]",
)
@click.option(
    "--max-inflated",
    type=_Size(),
    help="Bytes to inflate of one file.  [default: 8G]",
)
@click.option(
    "--max-members",
    type=click.IntRange(min=1),
    help=f"Members of archives in one file.  [default: {Limits().members}]",
)
@click.option(
    "--max-depth",
    type=click.IntRange(min=1),
    help=f"Levels of archives in archives.  [default: {Limits().depth}]",
)
def command(**given: Any) -> int:
    """Scan files and folders without loading them; '-' is standard input."""
    targets = (*given["targets"], *given["paths"])
    if not targets:
        raise click.UsageError("Missing argument 'TARGET...'.")
    if given["plugin"]:
        from modelassay.plugins import load

        for name in given["plugin"]:
            load(name)
    outputs = pair(given["formats"], given["outputs"])
    gate = Gate.read(given["policy"], given["baseline"], given["fail_on"])
    limits = {name: given[f"max_{name}"] for name in ("seconds", "inflated", "members", "depth")}
    options = gate.options(
        limits,
        strict=given["strict"],
        hash=given["hash"],
        vouched=given["allow"],
        deep=given["deep"],
        yara=given["yara"],
    )
    files = found(targets, given["include"], given["exclude"])
    with Progress(wanted=not given["quiet"], files=files) as progress:
        how: dict[str, Any] = {
            "options": options,
            "include": given["include"],
            "exclude": given["exclude"],
            "progress": progress,
            "work": _work(given),
        }
        if [output.format for output in outputs] == ["jsonl"]:
            from modelassay.cli.flow import write

            return write(stream(*targets, **how), gate, outputs[0].path)
        report = scan(*targets, **how)
    decision = gate.decide(report)
    for output in outputs:
        output.write(report, decision, verbose=given["verbose"], quiet=given["quiet"])
    return exit_code(report, decision)


def _work(given: dict[str, Any]) -> Work:
    """Return how files are to be read."""

    def tell(protections: tuple[str, ...]) -> None:
        told = ", ".join(protections) or "no sandbox"
        click.echo(f"modelassay: read by other processes: {told}, bounded memory", err=True)

    return Work(
        given["jobs"], given["sandbox"], given["cache"], tell=tell if given["verbose"] else None
    )
