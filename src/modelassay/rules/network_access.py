"""A callable that opens a connection is imported.

What
----
The file names a callable that talks to the network: sockets, HTTP clients and servers, downloads,
mail.

Why
---
A model that is loaded has nothing to fetch. Such a call tells an attacker who loads the model and
where, sends data out, or brings the second stage in.

Remediation
-----------
Do not load the file. Look up the address in the evidence in your proxy and DNS logs if it was
loaded somewhere already.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/918.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="network-access",
    title="A callable that opens a connection is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call socket.create_connection(("127.0.0.1", 9)) @op 6',
        "import urllib.request.urlopen",
    ),
    silent=("new collections.OrderedDict()",),
    cwe=918,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
