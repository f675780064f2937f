"""A model of BentoML that other code than BentoML's loads.

What
----
The `model.yaml` of a model names a module to load it that is none of BentoML's, or the `bento.yaml`
of a service has a script or a template of its own that its image is made with.

Why
---
BentoML imports the module when the model is loaded; a script runs when the image is built.

Remediation
-----------
Find out what the module or the script does before the model is loaded or the image built.

References
----------
- https://docs.bentoml.com/en/latest/reference/bentoml/bento-build-options.html
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination
from modelassay.rules.references import NAMED

RULE = Rule(
    id="bento-loader",
    title="A model of BentoML that other code than BentoML's loads",
    severity=Severity.HIGH,
    remediation="Find out what the module or the script does before the model is loaded.",
    fires=(
        'reference bento-module "acme.loader" @module',
        'reference bento-script "./setup.sh" @docker.setup_script',
        'reference bento-template "../../x.j2" @docker.dockerfile_template',
    ),
    silent=(
        'reference bento-module "bentoml.sklearn" @module',
        'reference bento-service "service:svc" @service',
    ),
    cwe=470,
    atlas="AML.T0011.000",
)

_SCRIPTS: Final = ("bento-script", "bento-template")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each module and script."""
    for fact in subject.of(Reference):
        shown = fact.target[:200]
        if fact.role == "bento-module" and not fact.target.startswith("bentoml."):
            if fact.target != "bentoml":
                yield Match(f"loading the model imports {shown!r}", (fact,))
        elif fact.role in _SCRIPTS:
            leads = destination(fact.target)
            severity = Severity.LOW if leads == "inside" else Severity.MEDIUM
            what = NAMED[fact.role].what
            message = f"the image is made with {what} {shown!r}, {CLAUSES[leads]}"
            yield Match(message, (fact,), severity, fires_at="convert")
