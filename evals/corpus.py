"""Corpora with known answers, and what a scanner got right on one.

A corpus is a folder with `manifest.json`: a list of objects with `file` or `unit` (a path below the
folder), `expected`, and, if there are kinds to tell apart, `cls`. `expected` is one of

    dangerous, high                                    a finding of high or above is due
    suspicious, medium, suspicious-by-design, code     a finding of medium or above is due
    any                                                any finding is due, or that it is not read
    benign, clean                                      nothing of medium or above may be said
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

RANKS = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
MEDIUM, HIGH = RANKS["medium"], RANKS["high"]
_DUE = dict.fromkeys(("dangerous", "high"), HIGH)
_DUE |= dict.fromkeys(("suspicious", "medium", "suspicious-by-design", "code"), MEDIUM)
_DUE |= {"any": 1, "benign": 0, "clean": 0}


@dataclass(frozen=True)
class Case:
    """One file or folder. `due` is the rank that has to be reached, 0 for a benign one."""

    path: Path
    due: int
    group: str
    or_unread: bool = False


@dataclass
class Heard:
    """What a scanner said: the worst rank of each path it named, and the paths it did not read."""

    worst: dict[Path, int] = field(default_factory=dict)
    unread: set[Path] = field(default_factory=set)

    def found(self, path: str | Path, rank: int) -> None:
        """Take note of a finding."""
        path = Path(path)
        self.worst[path] = max(rank, self.worst.get(path, 0))

    def rank(self, case: Case) -> int:
        """Return the worst rank said of a case."""
        return max((rank for path, rank in self.worst.items() if _below(path, case)), default=0)

    def whole(self, case: Case) -> bool:
        """Whether all of a case was read."""
        return not any(_below(path, case) for path in self.unread)


@dataclass
class Figures:
    """How a scanner did on a corpus."""

    due: int = 0
    hit: int = 0
    silent: int = 0
    benign: int = 0
    benign_medium: int = 0
    benign_high: int = 0
    benign_unread: int = 0
    groups: dict[str, list[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of what is due that was found."""
        return self.hit / self.due if self.due else 1.0


def load(corpus: Path) -> list[Case]:
    """Read the manifest of a corpus."""
    rows: list[dict[str, str]] = json.loads((corpus / "manifest.json").read_bytes())
    return [_case(corpus, row) for row in rows]


def _case(corpus: Path, row: Mapping[str, str]) -> Case:
    expected = row["expected"]
    path = (corpus / (row.get("file") or row["unit"])).resolve()
    return Case(path, _DUE[expected], row.get("cls", expected), expected == "any")


def _below(path: Path, case: Case) -> bool:
    return path == case.path or case.path in path.parents


def judge(cases: Iterable[Case], heard: Heard) -> Figures:
    """Hold what a scanner said against the known answers."""
    figures = Figures()
    for case in cases:
        rank, whole = heard.rank(case), heard.whole(case)
        if case.due:
            _judge_due(figures, case, rank, whole)
        else:
            figures.benign += 1
            figures.benign_medium += rank >= MEDIUM
            figures.benign_high += rank >= HIGH
            figures.benign_unread += not whole
            if rank >= MEDIUM or not whole:
                figures.wrong.append(f"false alarm, rank {rank}, whole {whole}: {case.path}")
    return figures


def _judge_due(figures: Figures, case: Case, rank: int, whole: bool) -> None:
    hit = rank >= case.due or (case.or_unread and not whole)
    figures.due += 1
    figures.hit += hit
    figures.silent += not hit and rank == 0 and whole
    group = figures.groups.setdefault(case.group, [0, 0])
    group[0] += hit
    group[1] += 1
    if not hit:
        figures.wrong.append(f"missed, rank {rank} of {case.due}, whole {whole}: {case.path}")
