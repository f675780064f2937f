"""`modelassay baseline`: waive findings until a day, and see which waivers still count."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from typing import Any

import click
import msgspec

from modelassay.api import scan
from modelassay.cli.exits import Exit, exit_code
from modelassay.cli.gate import Gate
from modelassay.cli.outputs import put
from modelassay.cli.progress import Progress
from modelassay.cli.saved import is_report, read
from modelassay.core.report import Report
from modelassay.core.text import visible
from modelassay.policy.decision import Decision
from modelassay.policy.types import Waiver, Waivers
from modelassay.policy.waivers import renew, waive, write

_DAYS = 90


@click.group("baseline")
def command() -> None:
    """Waive findings that were looked at, until a day; they stay in every report."""


def _asks(function: Any) -> Any:
    """Add what each of the commands takes."""
    for option in (
        click.argument("baseline", metavar="BASELINE.toml"),
        click.argument("targets", nargs=-1, required=True, metavar="TARGET..."),
        click.option("--policy", metavar="FILE", envvar="MODELASSAY_POLICY", help="As in scan."),
    )[::-1]:
        function = option(function)
    return function


def _explains(function: Any) -> Any:
    """Add what each of the commands takes that write waivers."""
    for option in (
        click.option("--reason", required=True, help="Why these findings are accepted."),
        click.option("--owner", required=True, help="Who answers for that."),
        click.option(
            "--expires",
            type=click.DateTime(["%Y-%m-%d"]),
            help=f"The last day it holds.  [default: in {_DAYS} days]",
        ),
    )[::-1]:
        function = option(function)
    return function


@command.command("create")
@_asks
@_explains
def create(baseline: str, targets: tuple[str, ...], policy: str | None, **why: Any) -> int:
    """Waive all that fails today. A TARGET is a file, a folder or a saved report."""
    if os.path.exists(baseline):
        raise click.UsageError(f"{baseline!r} exists; `modelassay baseline update` adds to it.")
    gate = Gate.read(policy, None)
    decision = gate.decide(_report(targets, gate))
    _write(baseline, Waivers(waivers=tuple(_fresh(decision, **why))))
    return Exit.CLEAR


@command.command("update")
@_asks
@_explains
def update(baseline: str, targets: tuple[str, ...], policy: str | None, **why: Any) -> int:
    """Waive what fails today as well, and take out waivers that fit nothing any more."""
    gate = Gate.read(policy, baseline)
    decision = gate.decide(_report(targets, gate))
    lasting = msgspec.structs.replace(
        gate.waivers,
        waivers=tuple(one for one in gate.waivers.waivers if one not in decision.expired),
    )
    _write(baseline, renew(lasting, _fresh(decision, **why), decision.unused))
    return Exit.CLEAR


@command.command("check")
@_asks
def check(baseline: str, targets: tuple[str, ...], policy: str | None) -> int:
    """Tell which waivers have expired, fit nothing, or are missing; the exit code is the gate's."""
    gate = Gate.read(policy, baseline)
    report = _report(targets, gate)
    decision = gate.decide(report)
    for text, waivers in (("expired", decision.expired), ("unused", decision.unused)):
        for one in waivers:
            click.echo(f"{text}: {visible(f'{one.rule} {one.fingerprint} {one.artifact}')}")
    for failure in decision.failures:
        text = f"{failure.artifact}: {failure.message} ({failure.because})"
        click.echo(f"fails: {visible(text)}")
    click.echo(f"{len(decision.waived)} waived, {len(decision.failures)} fail.")
    return exit_code(report, decision)


def _report(targets: tuple[str, ...], gate: Gate) -> Report:
    if len(targets) == 1 and targets[0].endswith(".json") and is_report(targets[0]):
        return read(targets[0])
    with Progress() as progress:
        return scan(*targets, options=gate.options(), progress=progress)


def _fresh(
    decision: Decision, reason: str, owner: str, expires: datetime.datetime | None
) -> Iterable[Waiver]:
    last = expires.date() if expires else datetime.date.today() + datetime.timedelta(_DAYS)
    findings = [failure.finding for failure in decision.failures if failure.finding is not None]
    return waive(findings, reason=reason, owner=owner, expires=last)


def _write(path: str, waivers: Waivers) -> None:
    put(write(waivers).encode(), path)
    click.echo(f"{len(waivers.waivers)} waivers in {path}", err=True)
