"""A Keras configuration that imports from outside of Keras.

What
----
An object of the configuration names a module that is not part of Keras, and a class or function in
it.

Why
---
Keras before 3.9 imports any module that a configuration names, looks the name up in it and calls it
with arguments that stand in the file, in safe mode too. Where the name is one that starts
processes, runs code or opens files, loading the model does that.

Remediation
-----------
Do not load the model if the name is not of a package you know. A model of your own is better saved
with its classes registered, so that nothing needs to be imported by name.

References
----------
- https://github.com/keras-team/keras/security/advisories/GHSA-48g7-3x6r-xfhp
- https://nvd.nist.gov/vuln/detail/CVE-2025-1550
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.keras_names import matches

RULE = Rule(
    id="keras-module-import",
    title="A Keras configuration that imports from outside of Keras",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the model unless you know the package; register classes instead of naming "
        "modules."
    ),
    fires=(
        'layer function module "os" registered "system" "system"',
        'layer Popen module "subprocess" {"args": "id"}',
        'layer Model module "acme.nets"',
        'layer function module "builtins" "eval"',
    ),
    silent=(
        'layer Dense module "keras.layers"',
        'layer function module "builtins" "relu"',
        'layer Scale registered "mypkg>Scale" {"trainable": True}',
    ),
    cwe=470,
    atlas="AML.T0011.000",
    cve=("CVE-2025-1550",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name."""
    yield from matches(subject, "import", "loading imports")
