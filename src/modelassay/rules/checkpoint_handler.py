"""A checkpoint that asks for a handler of another package.

What
----
The metadata of an Orbax checkpoint name, for an item in it, a handler that is none of those that
Orbax brings with it.

Why
---
What reads the item is that handler, code of the program that loads the checkpoint. Orbax looks the
name up among the handlers that were registered, and does not import it; other readers of the same
metadata may. A checkpoint of plain arrays needs none.

Remediation
-----------
Find out which program wrote the checkpoint, and whether its handler is one that you trust.

References
----------
- https://orbax.readthedocs.io/en/latest/guides/checkpoint/custom_handlers.html
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="checkpoint-handler",
    title="A checkpoint that asks for a handler of another package",
    severity=Severity.MEDIUM,
    remediation="Find out which program wrote the checkpoint, and whether you trust its handler.",
    fires=('reference handler "acme.handlers.Loader" @item_handlers',),
    silent=(
        'reference handler "orbax.checkpoint._src.handlers.json_checkpoint_handler.'
        'JsonCheckpointHandler" @item_handlers',
        'reference weight-file "d/0123"',
    ),
    cwe=470,
    atlas="AML.T0011.000",
)

_OWN: Final = ("orbax.checkpoint.", "orbax_checkpoint.")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each handler of another package that nobody vouches for."""
    for fact in subject.of(Reference):
        if fact.role != "handler" or fact.target.startswith(_OWN):
            continue
        if not subject.vouches(fact.target):
            yield Match(f"an item is read by {fact.target[:200]!r}", (fact,))
