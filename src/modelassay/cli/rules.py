"""`modelassay rules`: what is looked for."""

from __future__ import annotations

import click

from modelassay import rules


@click.command("rules")
def command() -> None:
    """List the rules, worst first."""
    known = [entry.load().RULE for entry in rules.RULES]
    width = max((len(rule.id) for rule in known), default=0)
    for rule in sorted(known, key=lambda rule: (-rule.severity.rank, rule.id)):
        click.echo(f"{rule.id:{width}}  {rule.severity:8}  {rule.title}")
