"""`modelassay explain`: the page of a rule."""

from __future__ import annotations

import sys

import click

from modelassay.rules import BY_ID


@click.command("explain")
@click.argument("rule", metavar="RULE")
def command(rule: str) -> None:
    """Show what a rule means, when it fires and what to do."""
    if rule not in BY_ID:
        raise click.UsageError(f"There is no rule {rule!r}; `modelassay rules` lists them.")
    from modelassay.reports.page import page

    text = page(BY_ID[rule])
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        click.echo(text, nl=False)
