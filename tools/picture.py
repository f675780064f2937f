"""The picture of a report in the README: a real scan of the example models, as SVG."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from examples.make import EXAMPLES, HERE
from modelassay import scan
from modelassay.reports import View
from modelassay.reports.terminal import paint
from modelassay.reports.text import lines

WIDTH = 110
#: Without the fonts that rich would have a browser fetch from elsewhere.
TEMPLATE = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def picture() -> str:
    """Return the SVG. The targets are given as the README gives them."""
    targets = [str(Path(HERE.name) / name) for name in EXAMPLES]
    with contextlib.chdir(HERE.parent):
        report = scan(*targets)
    console = Console(
        record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor",
        width=WIDTH, highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    paint(lines(report, View(terminal=True, width=WIDTH)), console)
    title = f"modelassay scan {' '.join(targets)}"
    return console.export_svg(title=title, code_format=TEMPLATE, unique_id="report") + "\n"
