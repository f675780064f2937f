"""What a rule finds in the facts of an artifact, told as findings: with evidence and what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from modelassay import rules
from modelassay.core.facts import Location
from modelassay.core.findings import Evidence, Finding
from modelassay.core.nesting import inner
from modelassay.core.notation import describe
from modelassay.core.report import Artifact
from modelassay.formats.byhand import loaders_of
from modelassay.rules.base import Match, Rule, Subject

_DOCS = "docs/rules/{}.md"
_MOST_EVIDENCE = 20


def found_by(entry: rules.Entry, subject: Subject, artifact: Artifact) -> Iterator[Finding]:
    """Yield what one rule finds in `subject`, which was read of `artifact`."""
    module = entry.load()
    for match in module.check(subject):
        yield _finding(module.RULE, match, artifact)


def _finding(rule: Rule, match: Match, artifact: Artifact) -> Finding:
    evidence = tuple(
        Evidence(describe(fact), fact.at, fact.count, getattr(fact, "listing", ()))
        for fact in match.facts[:_MOST_EVIDENCE]
    )
    calls = tuple(one.call for one in artifact.loading)
    return Finding(
        rule=rule.id,
        severity=match.severity or rule.severity,
        confidence=match.confidence or rule.confidence,
        message=match.message,
        artifact=artifact.path,
        location=match.facts[0].at if match.facts else Location(),
        evidence=evidence,
        fires_at=match.fires_at or rule.fires_at,
        cwe=rule.cwe,
        atlas=rule.atlas,
        cve=rule.cve + match.cve,
        remediation=rule.remediation,
        docs=_DOCS.format(rule.id),
        fingerprint=_fingerprint(rule, match, evidence, artifact),
        owasp=rule.owasp,
        loaders=loaders_of(artifact.format) or calls,
        sha256=artifact.sha256,
    )


def _fingerprint(
    rule: Rule, match: Match, evidence: tuple[Evidence, ...], artifact: Artifact
) -> str:
    """Hash what the finding rests on, not where the file lies."""
    parts = [rule.id, inner(artifact.path), match.message, *(item.fact for item in evidence)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
