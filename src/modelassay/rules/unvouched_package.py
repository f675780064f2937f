"""Code of a package nobody has vouched for.

What
----
Loading the file imports a package that the catalogue does not cover, such as the training
project's own modules or `__main__`, and makes objects of its classes or calls its functions.

Why
---
What such a name does depends on the code that is installed where the file is loaded. It is most
often the model's own class, and harmless; whether it is cannot be told from the file.

Remediation
-----------
If the package is yours, or you have read it, vouch for it (`--allow 'mylib.nets.*'`). Otherwise
ask for the weights alone: a state dict, safetensors, ONNX.

References
----------
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import Verdict, judge

RULE = Rule(
    id="unvouched-package",
    title="Code of a package nobody has vouched for",
    severity=Severity.MEDIUM,
    remediation=(
        "If the package is yours or you have read it, vouch for it with --allow 'package.*'. "
        "Otherwise ask for the weights alone."
    ),
    fires=("new mylib.nets.Model() @op 6", "call acme_ml.builders.build_model() @op 2"),
    silent=("new collections.OrderedDict()", 'call posix.system("id")'),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for each package, however many of its names are used."""
    packages: dict[str, list[Verdict]] = {}
    for verdict in judge(subject):
        if verdict.rule == RULE.id:
            packages.setdefault(verdict.entry.package, []).append(verdict)
    for package, verdicts in packages.items():
        named = ", ".join(str(verdict.use.name) for verdict in verdicts[:5])
        more = f" and {len(verdicts) - 5} more" if len(verdicts) > 5 else ""
        facts = tuple(fact for verdict in verdicts for fact in verdict.use.evidence())
        yield Match(f"loading needs code of {package}: {named}{more}", facts)
