"""The man page, made from the command line itself."""

from __future__ import annotations

import re

import click

from modelassay.cli import main as cli
from modelassay.version import __version__

_EXITS = (
    ("0", "nothing at or above --fail-on was found, and everything was read"),
    ("1", "a finding at or above --fail-on, or a format the policy does not allow"),
    ("2", "an error, or something could not be read whole"),
    ("3", "nothing that can be scanned"),
    ("4", "a mistake in the command line"),
)


def man() -> str:
    """Return the page in the man macros of roff, without a date: the same for the same version."""
    context = click.Context(cli.group, info_name="modelassay", **cli.group.context_settings)
    lines = [
        f'.TH MODELASSAY 1 "" "modelassay {__version__}" "User Commands"',
        ".SH NAME",
        "modelassay \\- tell what a model file would do before anybody loads it",
        ".SH SYNOPSIS",
        ".B modelassay",
        "\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...",
        ".SH COMMANDS",
    ]
    for name in cli.COMMANDS:
        command = cli.group.get_command(context, name)
        assert command is not None
        lines += _command(command, click.Context(command, context, info_name=name))
    lines.append(".SH EXIT STATUS")
    for code, text in _EXITS:
        lines += [".TP", f".B {code}", _escape(text)]
    return "\n".join(lines) + "\n"


def _command(command: click.Command, context: click.Context) -> list[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f".SS {context.info_name} {_escape(usage)}", *_text(command.help or "")]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            lines += [".TP", f".B {_escape(record[0])}", *_text(record[1])]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            full = f"{context.info_name} {name}"
            lines += _command(inner, click.Context(inner, context, info_name=full))
    return lines


def _text(text: str) -> list[str]:
    parts = re.split(r"\n\s*\n", text.strip())
    lines: list[str] = []
    for number, part in enumerate(parts):
        lines += [".PP"] if number else []
        lines.append(_escape(" ".join(part.split())))
    return lines


def _escape(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped[:1] in (".", "'") else escaped
