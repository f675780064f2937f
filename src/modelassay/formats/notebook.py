"""Jupyter notebooks: their cells as Python or command lines, and outputs that hold scripts.

Source: nbformat 3 and 4 (https://nbformat.readthedocs.io/en/latest/format_description.html); the
line and cell magics of IPython. A person starts the cells, and so nothing runs on opening but the
scripts in outputs of a notebook that is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference
from modelassay.core.nesting import name as name_of
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.pysource.module import command_lines, module_events
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, find_json

_MARKS: Final = (b'"cells"', b'"worksheets"')
_MOST_CELLS: Final = 5000
_MOST_SCRIPTS: Final = 20
_LONGEST: Final = 500
_SHELL_CELL: Final = re.compile(r"%%(?:bash|sh|script|cmd|!)\b[^\n]*\n|%%!")
_LINE: Final = re.compile(r"(?m)^[ \t]*(?:\w+[ \t]*=[ \t]*)?(?:!!?|%sx[ \t]|%system[ \t])(.*)$")
_MAGIC: Final = re.compile(
    r"(?m)^([ \t]*)(?:\w+[ \t]*=[ \t]*)?[%!?][^\n]*$|^[^\n#'\"]*\?\??[ \t]*$"
)
_SCRIPT: Final = re.compile(r"<script\b[^>]{0,500}>?|\bon(?:error|load)\s*=|javascript:", re.I)
_ACTIVE: Final = ("text/html", "application/javascript", "image/svg+xml", "html", "javascript")


def identify(blob: Blob) -> bool:
    """Whether `blob` is JSON with cells and the version of the format."""
    try:
        return _is_notebook(find_json(blob, *_MARKS))
    except TooLargeError:
        return False


def _is_notebook(value: Json) -> bool:
    if not isinstance(value, Pairs):
        return False
    keys = {key for key, _ in value}
    return "nbformat" in keys and bool(keys & {"cells", "worksheets"})


def parse(source: Source) -> Iterator[Event]:
    """Yield what the cells do, and the scripts of their outputs."""
    value = find_json(source.blob, *_MARKS)
    if not isinstance(value, Pairs):
        return
    code: list[str] = []
    scripts = 0
    for number, cell in enumerate(_cells(value)):
        if number >= _MOST_CELLS:
            yield Incomplete(f"only {_MOST_CELLS} cells were read")
            break
        at = Location(path=f"cell {number}")
        if cell.last("cell_type") == "code":
            text = _text(cell.last("source") or cell.last("input"))
            python, lines = _split(text)
            code.append(python)
            for line in lines:
                yield from command_lines(line, at)
        for kind, script in _scripts(cell.last("outputs")):
            scripts += 1
            if scripts <= _MOST_SCRIPTS:
                yield Reference(role="output-script", target=f"{kind}: {script}", at=at)
    name = name_of(source.name)
    if any(one.strip() for one in code):
        yield from module_events("\n".join(code), name, cells=True)


def _cells(value: Pairs) -> Iterator[Pairs]:
    sheets = value.last("worksheets")
    holders = [value, *(sheets if isinstance(sheets, list) else [])]
    for holder in holders:
        cells = holder.last("cells") if isinstance(holder, Pairs) else None
        if isinstance(cells, list):
            yield from (cell for cell in cells if isinstance(cell, Pairs))


def _text(value: Json) -> str:
    if isinstance(value, list) and not isinstance(value, Pairs):
        return "".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _split(text: str) -> tuple[str, list[str]]:
    """Return the Python of a cell, its magics taken out, and the command lines."""
    start = text.lstrip()
    shell = _SHELL_CELL.match(start)
    if shell is not None:
        return "", [start[shell.end() :]]
    if start.startswith("%%") and not start.startswith(("%%time", "%%capture", "%%prun")):
        return "", []
    lines = [found[1] for found in _LINE.finditer(text)]
    return _MAGIC.sub(lambda found: f"{found[1] or ''}pass", text), lines


def _scripts(outputs: Json) -> Iterator[tuple[str, str]]:
    """Yield type and beginning of each output that a browser would run."""
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, Pairs):
            continue
        data = output.last("data")
        for kind, content in data if isinstance(data, Pairs) else output:
            if kind in _ACTIVE:
                text = _text(content)
                found = _SCRIPT.search(text)
                if found is not None or "javascript" in kind:
                    start = found.start() if found else 0
                    yield kind, text[start : start + _LONGEST]
