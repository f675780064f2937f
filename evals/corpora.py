"""Scan corpora with known answers and print how well modelassay does.

    python -m evals.corpora CORPUS... [--list] [--require RECALL]

Each CORPUS is a folder with a manifest, see evals/corpus.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from evals.corpus import RANKS, Figures, Heard, judge, load
from modelassay import Report, scan


def heard(report: Report) -> Heard:
    """Return what a report says of each file."""
    said = Heard()
    for finding in report.findings:
        said.found(_file(finding.artifact), RANKS[finding.severity])
    said.unread = {_file(a.path) for a in report.artifacts if a.status != "scanned"}
    return said


def _file(artifact: str) -> Path:
    return Path(artifact.split("!")[0]).resolve()


def show(name: str, figures: Figures, seconds: float) -> None:
    """Print the figures of a corpus."""
    print(f"{name}: {seconds:.1f} s")
    for group, (hit, due) in sorted(figures.groups.items()):
        print(f"  {group:32} {hit}/{due}")
    print(
        f"  found {figures.hit} of {figures.due} ({figures.recall:.1%}), "
        f"silently clean {figures.silent}\n"
        f"  benign {figures.benign}: flagged medium {figures.benign_medium}, "
        f"flagged high {figures.benign_high}, not read whole {figures.benign_unread}"
    )


def main() -> int:
    """Evaluate each corpus; fail where one is below what is required."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    parser.add_argument("--list", action="store_true", help="name every miss and false alarm")
    parser.add_argument("--require", type=float, default=0.0, help="the least recall, 0 to 1")
    options = parser.parse_args()
    low = False
    for corpus in options.corpora:
        start = time.perf_counter()
        report = scan(corpus)
        seconds = time.perf_counter() - start
        figures = judge(load(corpus), heard(report))
        show(corpus.name, figures, seconds)
        if options.list:
            print(*(f"  {text}" for text in figures.wrong), sep="\n")
        low |= figures.recall < options.require or figures.silent > 0
    return int(low and options.require > 0)


if __name__ == "__main__":
    sys.exit(main())
