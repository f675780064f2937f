"""Payloads planted into real models, in every place of every format: what is found of them.

    python -m evals.planted [--format ID] [--kind PAYLOAD] [--list] [--page PAGE]

Each cell is a real model of the tests with one payload in one place. It is found if a finding of
high or above tells the place of the payload, in the file or in the member that holds it, and its
SHA-256. It prints the figures by format, by place and by payload, and returns 1 below 99 %.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from modelassay.core.findings import Finding, Severity
from modelassay.core.report import Report
from tests.helpers.planting import Host, Plant, hosts, plants
from tests.helpers.programs import KINDS
from tests.helpers.scanning import scan_bytes

_WANTED: Final = 0.99
_TABLES: Final = {"format": "format", "place": "place", "payload": "kind"}
_PAGE: Final = """# Payloads in every place

Harmless programs, archives, pickles and scripts, planted into real models of each format by
`python -m evals.planted --page PAGE`: behind the end, between the parts, in texts as base64 and
hexadecimal (also compressed), in strings of bytes, as members of archives, as elements of tensors
(whose bits are another matter: `python -m evals.hidden_bits`). One counts as found if a default
scan tells it at high or above, at its offset in the file or in the member or constant that holds
it, with its SHA-256.

Left out is what stands there as a matter of course, and is judged by what it does: archives,
scripts, pickles and compiled Python as members of archives; pickles in pickles and in HDF5, where
tools keep objects; a script behind a file that is text. A payload in front of an archive is what
the file starts as: told is where the archive behind it begins.

"""
#: A constant of a pickle is told by the number of its opcode.
_HELD: Final = re.compile(r"op \d+ (?:bytes|elements)")
_STARTS: Final = re.compile(r"@(\d+)(?:#\d+)?\Z")


class Cell(NamedTuple):
    """One payload in one place of one model, and how it was found: `""`, or what is wrong."""

    format: str
    place: str
    kind: str
    host: str
    wrong: str


def told(finding: Finding) -> tuple[str, int]:
    """Return the member a finding is of, and the offset there of what it lies in."""
    _, *inside = finding.artifact.split("!")
    offset = finding.location.offset or 0
    while inside and (inside[-1] == "content" or _STARTS.search(inside[-1])):
        start = _STARTS.search(inside.pop())
        offset = offset + int(start[1]) if start else 0
    return "!".join(inside), offset


def judge(report: Report, plant: Plant) -> str:
    """Return what is wrong about a report on a plant, `""` if nothing is."""
    high = [one for one in report.findings if one.severity.rank >= Severity.HIGH.rank]
    same = [
        one
        for one in high
        if one.sha256 in plant.hashes or any(digest in one.message for digest in plant.hashes)
    ]
    places = {told(one) for one in same}
    if plant.behind is not None and ("", plant.behind) in {told(one) for one in high}:
        return ""
    wanted = (plant.inner, plant.offset)
    if wanted in places or any(_HELD.fullmatch(inner or "-") for inner, _ in places):
        return ""
    if places:
        return f"elsewhere: {sorted(places)[:3]}, not {wanted}"
    if high:
        return f"no hash: {sorted({one.rule for one in high})}"
    return f"missed: {sorted({f'{one.rule} {one.severity.value}' for one in report.findings})}"


def cells(host: Host, kinds: dict[str, bytes]) -> Iterator[Cell]:
    """Yield the cells of one model."""
    for kind, payload in kinds.items():
        for plant in plants(host, kind, payload):
            wrong = judge(scan_bytes(plant.data, host.name), plant)
            yield Cell(host.format, plant.place, kind, host.name, wrong)


def table(title: str, made: list[Cell], key: str) -> Iterator[str]:
    """Yield a table of what was found, by one attribute of the cells."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cell in made:
        counts[getattr(cell, key)][bool(cell.wrong)] += 1
    yield f"| {title} | planted | found |"
    yield "|---|---|---|"
    for name, (found, missed) in sorted(counts.items()):
        yield f"| {name} | {found + missed} | {found} |"


def report(made: list[Cell]) -> str:
    """Return the figures as a page: a sentence, and a table each by format, place and payload."""
    found = sum(not cell.wrong for cell in made)
    parts = [f"{found} of {len(made)} found, {found / len(made):.2%}"]
    parts += ["\n".join(table(title, made, key)) for title, key in _TABLES.items()]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", action="append")
    parser.add_argument("--kind", action="append")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--page", type=Path)
    args = parser.parse_args()
    kinds = {name: data for name, data in KINDS.items() if name in (args.kind or KINDS)}
    made: list[Cell] = []
    for host in hosts():
        if args.format is None or host.format in args.format:
            made += cells(host, kinds)
    text = report(made)
    print(text)
    if args.page is not None:
        args.page.write_text(_PAGE + text, "utf-8")
    for cell in made if args.list else ():
        if cell.wrong:
            print(*cell, sep=" | ")
    return int(sum(not cell.wrong for cell in made) < len(made) * _WANTED)


if __name__ == "__main__":
    sys.exit(main())
