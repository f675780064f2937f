"""A Keras configuration that names a function of Keras which is no part of a model.

What
----
The configuration refers to something in Keras itself that downloads, loads, saves or unpacks, or to
a function that no layer, loss or metric is; or a layer wraps a TensorFlow operation that reaches
files, the network or Python code.

Why
---
A Lambda layer may be given any function by name. Releases that let only Keras' own names through
could still be made to call its file and network helpers with arguments that stand in the
configuration.

Remediation
-----------
Do not load the model. The evidence names the function; its arguments stand beside it in the
configuration.

References
----------
- https://nvd.nist.gov/vuln/detail/CVE-2025-8747
- https://github.com/advisories/GHSA-c9rc-mg46-23w3
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.keras_names import matches

RULE = Rule(
    id="keras-gadget",
    title="A Keras configuration that names a function of Keras which is no part of a model",
    severity=Severity.CRITICAL,
    remediation=("Do not load the model: no honest one names these functions."),
    fires=(
        'layer function module "keras.utils" registered "get_file" "get_file"',
        'layer function module "keras.models" "load_model"',
        'layer function module "keras.src.utils.file_utils" "copy"',
        'layer TFOpLambda {"function": "io.write_file"}',
        'layer function module "keras.utils" "normalize_everything"',
    ),
    silent=(
        'layer function module "keras.activations" "relu"',
        'layer function module "keras.ops" "copy"',
        'layer TFOpLambda {"function": "math.multiply"}',
        'layer Adam module "keras.optimizers"',
    ),
    cwe=502,
    atlas="AML.T0011.000",
    cve=("CVE-2025-8747",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name."""
    yield from matches(subject, "gadget", "the configuration names")
