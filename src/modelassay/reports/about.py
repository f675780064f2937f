"""What reports tell of a rule, also of one this version does not have, and of where a file lies."""

from __future__ import annotations

import os
import re
from functools import cache
from urllib.parse import quote

import msgspec

from modelassay.core.findings import Finding
from modelassay.core.nesting import outer
from modelassay.reports.page import page
from modelassay.rules import BY_ID

_DRIVE = re.compile(r"[A-Za-z]:/")


class About(msgspec.Struct, frozen=True):
    """A rule as a report shows it: one line, and its page as Markdown."""

    id: str
    title: str
    page: str


@cache
def about(rule: str) -> About:
    """Return what is known of a rule. A saved report may name one that is gone or is a plugin's."""
    entry = BY_ID.get(rule)
    if entry is None:
        return About(rule, rule.replace("-", " "), "")
    return About(rule, entry.load().RULE.title, page(entry))


def uri(path: str) -> str:
    """Return an artifact's file as a URI reference: relative as the user gave it, else `file:`."""
    plain = outer(path)
    if os.sep == "\\":
        plain = plain.replace(os.sep, "/")
        plain = f"/{plain}" if _DRIVE.match(plain) else plain
    made = quote(plain.encode("utf-8", "surrogateescape"), safe="/~@!$&'()*+,;=-._")
    if made.startswith("/"):
        return "file://" + made
    return made.removeprefix("./")


def sources(finding: Finding) -> list[str]:
    """Return the identifiers a finding refers to: CWE, ATLAS, OWASP, advisories."""
    made = [f"CWE-{finding.cwe}"] if finding.cwe else []
    return [*made, *(one for one in (finding.atlas, finding.owasp) if one), *finding.cve]


FIRES = {
    "load": "when it is loaded",
    "inference": "when it is run",
    "convert": "when it is converted",
    "unpack": "when it is unpacked",
    "never": "not by itself",
}
