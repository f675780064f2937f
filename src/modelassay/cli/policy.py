"""`modelassay policy`: check a policy, or make one of another tool's settings."""

from __future__ import annotations

import click

from modelassay.cli.exits import Exit
from modelassay.policy.modelscan import translate
from modelassay.policy.reading import read_policy


@click.group("policy")
def command() -> None:
    """Check a policy, or make one of another tool's settings."""


@command.command("check")
@click.argument("policy", metavar="FILE")
def check(policy: str) -> int:
    """Read a policy; a mistake is told with its line and key, and is exit code 2."""
    read_policy(policy)
    click.echo(f"{policy} is a policy.")
    return Exit.CLEAR


@command.command("from-modelscan")
@click.argument("settings", metavar="modelscan-settings.toml")
def from_modelscan(settings: str) -> int:
    """Print the policy that comes nearest to the settings of modelscan."""
    click.echo(translate(settings), nl=False)
    return Exit.CLEAR
