"""The generated page of what the catalogue covers."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

HEAD = """# What the catalogue covers

Generated from the data by `python -m tools.catalogue table`. How the catalogue is made, and how to
add a package: [internals](../internals/catalogue.md).

| column | names that |
|---|---|
| new | may be instantiated without a call of `__init__` |
| state | may have their state set |
| call | may be called with data |
| value | may stand as a value |
| effect | do something when called, and what |
| known | exist as classes and are allowed in no form |

Functions that are neither allowed nor known to do harm are not listed in the data: a file that
names one is flagged all the same.
"""


def page(folder: Path) -> str:
    """The page as Markdown."""
    rows = [_row(document) for path in sorted(folder.glob("*.json")) if (document := _read(path))]
    total = [sum(row[i] for _, _, row in rows) for i in range(7)]
    lines = ["| package | versions | modules | new | state | call | value | effect | known |"]
    lines.append("|---|---|" + "--:|" * 7)
    for package, versions, counts in [*rows, (f"{len(rows)} packages", "", total)]:
        lines.append(f"| {package} | {versions} | {' | '.join(f'{n:,}' for n in counts)} |")
    return HEAD + "\n" + "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Any] | None:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document if "versions" in document else None


def _row(document: dict[str, Any]) -> tuple[str, str, list[int]]:
    kinds: Counter[str] = Counter()
    for names in document["names"].values():
        for text in names.values():
            said, _, unasked = text.partition("~")
            forms, _, effect = said.partition("!")
            kinds.update(forms)
            kinds["effect"] += bool(effect or unasked)
            kinds["known"] += not text
    counts = [len(document["names"]), *(kinds[k] for k in ("n", "s", "c", "v", "effect", "known"))]
    return document["package"], ", ".join(document["versions"]), counts
