"""`modelassay rules`: what is looked for."""

from __future__ import annotations

import click

from modelassay.rules import RULES


@click.command("rules")
def command() -> None:
    """List the rules, worst first."""
    rules = [entry.load().RULE for entry in RULES]
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in sorted(rules, key=lambda rule: (-rule.severity.rank, rule.id)):
        click.echo(f"{rule.id:{width}}  {rule.severity:8}  {rule.title}")
