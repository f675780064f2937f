"""Styled lines painted for a terminal. The only output that needs rich."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from modelassay.reports.layout import Line, Style

_STYLES: dict[Style, str] = {
    "": "",
    "alarm": "bold white on red",
    "critical": "bold red",
    "high": "red",
    "medium": "bold yellow",
    "low": "cyan",
    "info": "blue",
    "good": "bold green",
    "bad": "bold magenta",
    "strong": "bold",
    "faint": "bright_black",
    "code": "default",
}


def paint(lines: Iterable[Line], console: Console) -> None:
    """Print `lines`. They are never read as rich's markup."""
    for one in lines:
        text = Text()
        for span in one.spans:
            text.append(span.text, _STYLES[span.style])
        console.print(Padding(text, (0, 0, 0, one.indent), expand=False) if text else text)


def painted(lines: Iterable[Line], width: int) -> str:
    """Return `lines` with the escapes of the terminal that the environment tells of."""
    console = Console(force_terminal=True, width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        paint(lines, console)
    return capture.get()
