"""A configuration that instantiates a dangerous or unknown name.

What
----
The configuration of a model names a callable (`_target_`) that is none of the classes honest
configurations instantiate, or carries a YAML tag that builds Python objects.

Why
---
Hydra, NeMo and their kin import the name and call it with the values beside it, before anything is
checked: `_target_: os.system` runs a command. A full YAML loader does the same for a Python tag.

Remediation
-----------
Do not restore the model before somebody has read what the named callable does. Vouch for your own
packages with --allow.

References
----------
- https://hydra.cc/docs/advanced/instantiate_objects/overview/
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.core.values import Name
from modelassay.rules import catalogue
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.catalogue import Effect

#: Packages whose classes honest configurations instantiate.
_HONEST: Final = (
    "nemo.collections.",
    "nemo.core.",
    "nemo.utils.",
    "nemo.lightning.",
    "nemo_text_processing.",
    "torch.nn.",
    "torch.optim.",
    "torchaudio.transforms.",
    "torchvision.transforms.",
    "torchvision.models.",
    "pytorch_lightning.",
    "lightning.pytorch.",
    "omegaconf.",
    "rasa.",
    "megatron.core.",
    "transformers.models.",
    "diffusers.models.",
)
_HIGH: Final = Severity.HIGH
#: What calls or looks up what it is given, and so hides it from lists of targets.
_DISPATCHING: Final = frozenset(
    ("functools.partial", "functools.partialmethod", "functools.reduce")
)

RULE = Rule(
    id="config-target",
    title="A configuration that instantiates a dangerous or unknown name",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not restore the model before somebody has read what the named callable does. Vouch for "
        "your own packages with --allow."
    ),
    fires=(
        'reference instantiate "os.system" @model._target_',
        'reference instantiate "nemo.utils.os.system" @model._target_',
        'reference instantiate "acme.models.Net" @model._target_',
        'reference python-tag "python/object/apply:os.system"',
        'reference instantiate "${base}.system" @model._target_',
        'reference instantiate "functools.partial" @model._target_',
    ),
    silent=(
        'reference instantiate "nemo.collections.asr.modules.ConvASREncoder" @encoder._target_',
        'reference instantiate "torch.nn.Linear"',
    ),
    cwe=470,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such name or tag."""
    for fact in subject.of(Reference):
        if fact.role == "python-tag":
            yield Match(f"a full YAML loader builds {fact.target}", (fact,))
        elif fact.role == "instantiate":
            yield from _target(fact, subject)


def _target(fact: Reference, subject: Subject) -> Iterator[Match]:
    if "${" in fact.target:
        message = f"what restoring the model calls is put together: {fact.target[:200]}"
        yield Match(message, (fact,), Severity.HIGH)
        return
    parts = fact.target.split(".")
    name = Name(".".join(parts[:-1]), parts[-1])
    entry = catalogue.look_up(name)
    effect = entry.effect if "c" not in entry.forms else None
    effect = effect or _reached(parts)
    if fact.target in _DISPATCHING:
        yield Match(f"restoring the model lets {fact.target} call what it is given", (fact,), _HIGH)
        return
    if effect is not None:
        yield Match(f"restoring the model calls {fact.target}: it {effect.what}", (fact,))
    elif name.qualname[:1].islower() and (said := catalogue.verb(name)) is not None:
        message = f"restoring the model calls {fact.target}: it {said.what}"
        yield Match(message, (fact,), Severity.HIGH)
    elif fact.target.startswith(_HONEST) or {"c", "n"} & set(entry.forms):
        return
    elif not subject.vouches(fact.target):
        message = f"restoring the model calls {fact.target}, which nobody has vouched for"
        severity = Severity.HIGH if entry.covered else Severity.MEDIUM
        yield Match(message, (fact,), severity)


def _reached(parts: list[str]) -> Effect | None:
    """Return the effect of what a path reaches through another module, as `a.os.system` does."""
    for start in range(1, len(parts) - 1):
        effect = catalogue.look_up(Name(".".join(parts[start:-1]), parts[-1])).effect
        if effect is not None:
            return effect
    return None
