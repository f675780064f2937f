"""A Keras Lambda layer that carries code.

What
----
The configuration holds a Lambda layer whose function stands in the file as marshalled bytecode. It
was read without being run; rule code-by-value reports what it refers to.

Why
---
Keras unmarshals the function when the model is loaded, and runs it when shapes are inferred and
when the model is used. Releases before 2.13 do so without asking; later ones refuse only in the
`.keras` format and in safe mode, which legacy HDF5 files ignore and which can be turned off from
inside a file.

Remediation
-----------
Ask for the model with the layer written as a registered class, or read the listing of the code and
load the model where nothing else can be reached.

References
----------
- https://www.kb.cert.org/vuls/id/253266
- https://nvd.nist.gov/vuln/detail/CVE-2024-3660
- https://nvd.nist.gov/vuln/detail/CVE-2025-9905
- https://nvd.nist.gov/vuln/detail/CVE-2026-12481
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Code, Fact, Layer
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="keras-lambda",
    title="A Keras Lambda layer that carries code",
    severity=Severity.HIGH,
    remediation=(
        "Read the listing of the code before loading the model, or ask for a model whose layers "
        "are classes of a package."
    ),
    fires=(
        ('layer Lambda module "keras.layers" named "scale"', 'code python "<lambda>"'),
        ('layer Lambda named "x"', "layer __lambda__"),
    ),
    silent=(
        'layer Lambda module "keras.layers" named "relu"',
        'code python "<lambda>"',
    ),
    cwe=502,
    atlas="AML.T0011.000",
    cve=("CVE-2024-3660", "CVE-2025-9905", "CVE-2026-12481"),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for all of them: worse where the code cannot be read whole."""
    layers = [layer for layer in subject.of(Layer) if layer.class_name in ("Lambda", "__lambda__")]
    codes = [code for code in subject.of(Code) if code.language == "python"]
    carrying = any(layer.class_name == "__lambda__" for layer in layers)
    if not layers or not (codes or carrying):
        return
    names = [layer.name for layer in layers if layer.name]
    which = f" ({', '.join(names[:5])})" if names else ""
    read = bool(codes) and all(code.complete for code in codes)
    message = f"a lambda{which} brings its own code"
    message += "" if read else ", which cannot be read whole"
    facts: tuple[Fact, ...] = (*layers, *codes)
    yield Match(message, facts, severity=Severity.MEDIUM if read else Severity.HIGH)
