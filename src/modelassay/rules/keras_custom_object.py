"""A Keras model that needs classes of its own.

What
----
An object of the configuration is neither of Keras nor of a module it names: the program that loads
the model has to have registered a class or function under this name.

Why
---
Nothing is imported for it, and without the class the model does not load. It tells what code the
model expects to run with. An entry in a list of layers without what Keras writes for every layer
was not written by Keras.

Remediation
-----------
Take the class from where you take the model only if you have read it.

References
----------
- https://keras.io/guides/serialization_and_saving/
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.keras_names import Verdict, judge, shown

RULE = Rule(
    id="keras-custom-object",
    title="A Keras model that needs classes of its own",
    severity=Severity.MEDIUM,
    remediation=("Find out which package registers the class, and whether you trust it."),
    fires=(
        'layer MyLayer registered "pkg>MyLayer" named "x" @config.layers[1]',
        'layer "pkg>Scale" named "scale" {"trainable": True}',
    ),
    silent=(
        "layer Dense",
        'layer MyLayer module "pkg" registered "pkg>MyLayer"',
    ),
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for each severity, with the names."""
    found: dict[tuple[Severity, str], list[Verdict]] = {}
    for verdict in judge(subject):
        if verdict.kind == "custom":
            found.setdefault((verdict.severity, verdict.why), []).append(verdict)
    for (severity, why), verdicts in found.items():
        names = list(dict.fromkeys(shown(verdict.layer) for verdict in verdicts))
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        message = f"the model needs {', '.join(names[:5])}{more}, {why}"
        yield Match(message, tuple(verdict.layer for verdict in verdicts), severity=severity)
