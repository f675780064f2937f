"""Making and renewing a baseline, and writing it as TOML a person can edit."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator

import msgspec

from modelassay.core.findings import Finding
from modelassay.core.text import visible
from modelassay.policy.types import Waiver, Waivers

_HEAD = """\
# Findings that were looked at and are accepted. Each still stands in every report;
# it only does not fail the gate, and only until the day it expires.
schema = 1
"""


def waive(
    findings: Iterable[Finding], *, reason: str, owner: str, expires: datetime.date | None
) -> Iterator[Waiver]:
    """Yield a waiver for each different finding."""
    seen: set[tuple[str, str]] = set()
    for finding in findings:
        key = (finding.fingerprint, finding.rule)
        if key in seen:
            continue
        seen.add(key)
        yield Waiver(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            reason=reason,
            owner=owner,
            expires=expires,
            severity=finding.severity,
            artifact=visible(finding.artifact),
            message=visible(finding.message),
        )


def renew(old: Waivers, fresh: Iterable[Waiver], unused: Iterable[Waiver]) -> Waivers:
    """Return `old` with `fresh` waivers added and those that fit nothing any more taken out."""
    gone = {(one.fingerprint, one.rule) for one in unused}
    kept = [one for one in old.waivers if (one.fingerprint, one.rule) not in gone]
    known = {(one.fingerprint, one.rule) for one in kept}
    added = [one for one in fresh if (one.fingerprint, one.rule) not in known]
    return Waivers(waivers=(*kept, *added))


def write(waivers: Waivers) -> str:
    """Return a baseline as TOML, in the order of rule, artifact and fingerprint."""
    ordered = sorted(waivers.waivers, key=lambda one: (one.rule, one.artifact, one.fingerprint))
    return _HEAD + "".join(_table(one) for one in ordered)


def _table(waiver: Waiver) -> str:
    lines = ["", "[[waivers]]"]
    for name, value in msgspec.structs.asdict(waiver).items():
        if isinstance(value, datetime.date):
            lines.append(f"{name} = {value.isoformat()}")
        elif value:
            lines.append(f"{name} = {_string(str(value))}")
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    """Return a basic string of TOML: JSON's escapes are among its own, but for delete."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
