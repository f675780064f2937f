"""Scanning of bytes that stand in no file."""

from __future__ import annotations

from modelassay.core.report import Report
from modelassay.io.blob import Memory
from modelassay.io.budget import Limits
from modelassay.kernel import Item, Options, Scanner

SMALL = Limits(seconds=20, inflated=64 << 20, ratio_from=16 << 20)


def scan_bytes(
    data: bytes, name: str = "model", limits: Limits = SMALL, deep: bool = False
) -> Report:
    """Return the report on `data`."""
    scanner = Scanner([name], Options(limits=limits, deep=deep))
    scanner.scan(Item(name, lambda: Memory(data)))
    return scanner.finish()


def rules_of(report: Report) -> dict[str, str]:
    """Return the severity of each rule that fired, the worst one."""
    worst = sorted(report.findings, key=lambda finding: finding.severity.rank)
    return {finding.rule: finding.severity.value for finding in worst}
