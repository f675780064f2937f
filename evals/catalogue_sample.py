"""Draw callables of covered packages at random, show what the scanner says of each, and why.

    python -m evals.catalogue_sample [--count N] [--seed N] [--reasons DIR]

One half is not allowed in some form: each is used in that form, and has to be flagged at high or
above. The other half is allowed: used in its forms, nothing may be said. `--reasons` is the folder
that `python -m tools.catalogue build --review DIR` writes: with it, functions that the data leaves
out are drawn as well, and the generator's reason is shown.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.corpus import HIGH, MEDIUM, RANKS
from modelassay import scan
from modelassay.core.facts import Call
from modelassay.core.values import Name
from modelassay.rules import catalogue
from modelassay.rules.arguments import permits_call
from modelassay.rules.entries import conditions

DATA = Path(catalogue.__file__).parent / "data" / "callables"
FORMS = {"n": "instantiated", "s": "state set", "c": "called", "v": "held as a value"}


@dataclass(frozen=True)
class Use:
    """A name, the form in which a file uses it, and what is known of it."""

    module: str
    name: str
    form: str
    why: str

    def pickle(self) -> bytes:
        """A protocol 4 pickle that uses the name in the form."""
        name = b"".join(_text(part) for part in (self.module, self.name)) + b"\x93"
        after = {"n": b")\x81", "s": b")\x81}b", "c": b")R", "v": b"\x85"}[self.form]
        return b"\x80\x04" + name + after + b"."

    def __str__(self) -> str:
        return f"{self.module}.{self.name}, {FORMS[self.form]}"


def _text(text: str) -> bytes:
    raw = text.encode()
    return b"X" + len(raw).to_bytes(4, "little") + raw


def known() -> Iterator[tuple[str, str, str]]:
    """Yield module, name and entry of everything in the data."""
    for path in sorted(DATA.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        if document.get("scope") == "names":
            for module, names in document["names"].items():
                for name, entry in names.items():
                    yield module, name, entry


def allowed() -> list[Use]:
    """Return every use that the data allows."""
    return [
        Use(module, name, form, f"allowed: {entry}")
        for module, name, entry in known()
        for form in entry.partition("~")[0].partition("!")[0]
        if form != "s" or "n" in entry
    ]


def refused(reasons: Path | None) -> list[Use]:
    """Return uses of names that are allowed in no form, or do something when called.

    Not those whose conditions on arguments hold for a call without any: SciPy's distributions.
    """
    uses = [
        Use(module, name, "c", entry or "a class that is allowed in no form")
        for module, name, entry in known()
        if not entry or "!" in entry
    ]
    uses += [
        Use(module, name, unasked[0], entry)
        for module, name, entry in known()
        if (unasked := entry.partition("~")[2]) and conditions(Name(module, name)) is None
    ]
    for path in sorted(reasons.glob("*.txt")) if reasons else ():
        if path.stem not in _covered():
            continue
        for line in path.read_text("utf-8").splitlines():
            place, _, reason = line.partition(" not c: ")
            if reason and len(parts := place.split(" ")) == 3 and parts[2] == "-":
                uses.append(Use(parts[0], parts[1], "c", reason))
    return [use for use in uses if use.form != "c" or not _takes_nothing(use)]


@cache
def _covered() -> frozenset[str]:
    """Packages of which the data tell every name."""
    documents = ((path.stem, json.loads(path.read_text("utf-8"))) for path in DATA.glob("*.json"))
    return frozenset(stem for stem, document in documents if document.get("scope") == "names")


def _takes_nothing(use: Use) -> bool:
    """Whether calling a name without arguments satisfies its conditions."""
    name = Name(use.module, use.name)
    entry = conditions(name)
    return entry is not None and permits_call(entry, Call(callable=name, args=()))


def try_all(uses: list[Use], flagged: bool) -> int:
    """Scan one file for each use, print what is said, and return how many are wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, use in enumerate(uses):
            path = Path(folder) / f"{number}.pkl"
            path.write_bytes(use.pickle())
            findings = scan(str(path)).findings
            worst = max((RANKS[finding.severity] for finding in findings), default=0)
            right = worst >= HIGH if flagged else worst < MEDIUM
            wrong += not right
            said = "; ".join(f"{f.severity} {f.rule}" for f in findings) or "nothing"
            print(f"{'  ' if right else '! '}{use}: {said}\n      {use.why}")
    return wrong


def main() -> int:
    """Draw, scan, print; 1 if any answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reasons", type=Path)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    wrong = 0
    for title, uses, flagged in (
        ("not allowed: each has to be flagged", refused(options.reasons), True),
        ("allowed: nothing may be said", allowed(), False),
    ):
        print(f"{title} ({len(uses)} to draw from)")
        wrong += try_all(draw.sample(uses, min(options.count, len(uses))), flagged)
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
