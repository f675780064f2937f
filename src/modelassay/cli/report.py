"""`modelassay report`: show a saved report in another form."""

from __future__ import annotations

import click

from modelassay import reports
from modelassay.cli.exits import exit_code
from modelassay.cli.gate import Gate
from modelassay.cli.outputs import pair
from modelassay.cli.saved import read


@click.command("report")
@click.argument("saved", metavar="REPORT.json")
@click.option(
    "formats", "--format", multiple=True, type=click.Choice(list(reports.BY_ID)), help="As in scan."
)
@click.option("outputs", "--output", multiple=True, metavar="FILE", help="As in scan.")
@click.option("--policy", metavar="FILE", envvar="MODELASSAY_POLICY", help="As in scan.")
@click.option("--baseline", metavar="FILE", help="As in scan.")
@click.option("--quiet", "-q", is_flag=True, help="Of the text, the verdict alone.")
@click.option("--verbose", "-v", is_flag=True, help="All evidence and every artifact.")
def command(
    saved: str,
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    policy: str | None,
    baseline: str | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Show a report that was saved as JSON in other forms; the exit code is that of its scan."""
    targets = pair(formats, outputs)
    gate = Gate.read(policy, baseline)
    report = read(saved)
    decision = gate.decide(report)
    for output in targets:
        output.write(report, decision, verbose=verbose, quiet=quiet)
    return exit_code(report, decision)
