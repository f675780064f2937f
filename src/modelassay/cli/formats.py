"""`modelassay formats`: what can be read."""

from __future__ import annotations

import click

from modelassay import formats


@click.command("formats")
def command() -> None:
    """List the formats that can be read."""
    width = max(len(entry.id) for entry in formats.FORMATS)
    for entry in sorted(formats.FORMATS, key=lambda entry: entry.id):
        suffixes = f" ({' '.join(entry.suffixes)})" if entry.suffixes else ""
        click.echo(f"{entry.id:{width}}  {entry.title}{suffixes}")
