"""`modelassay formats`: what can be read, files and the folders they make up."""

from __future__ import annotations

import click

from modelassay import formats
from modelassay.repositories import REPOSITORIES


@click.command("formats")
def command() -> None:
    """List the formats and the kinds of repository that can be read."""
    known = [entry.id for entry in formats.FORMATS] + [kind.id for kind in REPOSITORIES]
    width = max(map(len, known))
    for entry in sorted(formats.FORMATS, key=lambda entry: entry.id):
        suffixes = f" ({' '.join(entry.suffixes)})" if entry.suffixes else ""
        click.echo(f"{entry.id:{width}}  {entry.title}{suffixes}")
    click.echo("\nFolders and archives whose files are read together:")
    for kind in sorted(REPOSITORIES, key=lambda kind: kind.id):
        click.echo(f"{kind.id:{width}}  {kind.title}")
