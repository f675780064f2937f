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
| unasked | do something when an instance is made, filled or dropped without a call |
| known | exist as classes and are allowed in no form |

Functions that are neither allowed nor known to do harm are not listed in the data: a file that
names one is flagged all the same. The standard library is complete: any name that is not allowed
is treated as dangerous.

A package that is not in the table is named once, at medium, and so is a class of a covered package
that is newer than the versions here. Whoever knows the code may vouch for it:

```sh
modelassay scan own.pkl --allow 'mylib.nets.*'
```

That silences what is unknown, not what is known: effects, and the conditions on arguments of
callables, hold for vouched names, too. What several projects need belongs in the catalogue:
[add a package](../internals/catalogue.md#add-a-package).

Not covered, as it could not be had or would not be right: detectron2 (no release on PyPI; its
checkpoints hold arrays), sympy (its constructors evaluate text), numba (its functions carry code),
skorch (a state is loaded through a temporary file), cuML (no source on PyPI).

## Covered
"""

KNOWN = """
## Known by their effects

Of these packages no form is allowed, so that a file that needs them is asked about, at medium. But
what does something when called is known, methods and names bound by imports too: a call of it is
critical, with the way to what it does.
"""


LETTERS = {"n": "new", "s": "state", "c": "call", "v": "value"}
COLUMNS = (*LETTERS, "effect", "unasked", "known")
KNOWN_COLUMNS = ("effect", "unasked")


def page(folder: Path) -> str:
    """The page as Markdown."""
    documents = [d for path in sorted(folder.glob("*.json")) if (d := _read(path))]
    covered = _table([d for d in documents if d["scope"] == "names"], COLUMNS)
    known = _table([d for d in documents if d["scope"] == "effects"], KNOWN_COLUMNS)
    return f"{HEAD}\n{covered}{KNOWN}\n{known}"


def _table(documents: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    rows = [_row(document, columns) for document in documents]
    total = [sum(row[i] for _, _, row in rows) for i in range(1 + len(columns))]
    titles = " | ".join(LETTERS.get(column, column) for column in columns)
    lines = [f"| package | versions | modules | {titles} |"]
    lines.append("|---|---|" + "--:|" * len(total))
    for package, versions, counts in [*rows, (f"{len(rows)} packages", "", total)]:
        lines.append(f"| {package} | {versions} | {' | '.join(f'{n:,}' for n in counts)} |")
    return "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Any] | None:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document if "versions" in document else None


def _row(document: dict[str, Any], columns: tuple[str, ...]) -> tuple[str, str, list[int]]:
    kinds: Counter[str] = Counter()
    for names in document["names"].values():
        for text in names.values():
            said, _, unasked = text.partition("~")
            forms, _, effect = said.partition("!")
            kinds.update(forms)
            kinds["effect"] += bool(effect)
            kinds["unasked"] += bool(unasked)
            kinds["known"] += not text
    counts = [len(document["names"]), *(kinds[column] for column in columns)]
    return document["package"], ", ".join(document["versions"]), counts
