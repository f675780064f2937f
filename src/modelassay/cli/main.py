"""The command `modelassay`: finds the subcommand, runs it, turns what happens into an exit code."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from modelassay.cli.exits import Exit
from modelassay.core.errors import Error
from modelassay.version import __version__

_YOUNG = 50_000  # new objects before the garbage collector looks at them
COMMANDS = (
    *("scan", "inspect", "extract", "diff", "report", "baseline", "policy", "manifest"),
    *("rules", "explain", "formats", "completion"),
)


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See `click.Group`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"modelassay.cli.{cmd_name}").command
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 nothing found and all read, 1 found, 2 error or not read whole, "
    "3 nothing to scan, 4 usage.",
)
@click.version_option(__version__, prog_name="modelassay")
@click.option("--plugin", multiple=True, metavar="NAME", help="Use what an installed plugin adds.")
def group(plugin: tuple[str, ...]) -> None:
    """Tell what a model file would do before anybody loads it."""
    if plugin:
        from modelassay.plugins import load

        for name in plugin:
            load(name)


def run(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    try:
        code = group.main(arguments, prog_name="modelassay", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        error.show()
        return Exit.ERROR
    except Error as error:
        click.echo(f"modelassay: {error.diagnostics()}", err=True)
        return Exit.ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("modelassay: interrupted, nothing was reported.", err=True)
        return Exit.INTERRUPTED
    return int(code or 0)


def main() -> NoReturn:
    """Run the command line and end the process."""
    # Headers of a million entries are a million tuples; hardly any are part of a cycle.
    gc.set_threshold(_YOUNG)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the report has gone. The interpreter's own last flush must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
