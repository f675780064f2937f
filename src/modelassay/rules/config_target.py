"""A configuration that instantiates a dangerous or unknown name.

What
----
The configuration of a model names a callable (`_target_`) that is none of the classes honest
configurations instantiate, or carries a YAML tag that builds such a Python object.

Why
---
Hydra, NeMo and their kin import the name and call it with the values beside it, before anything is
checked: `_target_: os.system` runs a command. A full YAML loader does the same for a Python tag.
What tags make of plain data, such as tuples, paths and devices, is known to do nothing else.

Remediation
-----------
Do not restore the model before somebody has read what the named callable does. Vouch for your own
packages with --allow.

References
----------
- https://hydra.cc/docs/advanced/instantiate_objects/overview/
- https://pyyaml.org/wiki/PyYAMLDocumentation
- https://github.com/speechbrain/HyperPyYAML
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
from modelassay.rules.entries import conditions, otherwise

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
    "speechbrain.",
)
#: What configurations call to set the seed of random numbers.
_SEEDS: Final = frozenset(
    ("torch.manual_seed", "numpy.random.seed", "random.seed", "speechbrain.utils.seed_everything")
)
_HIGH: Final = Severity.HIGH
#: Tags of plain data, and the forms in which the others use a name: what a loader does with it.
_PLAIN: Final = frozenset(
    f"python/{name}"
    for name in (
        *("none", "bool", "str", "unicode", "bytes", "int", "long", "float", "complex"),
        *("list", "tuple", "dict"),
    )
)
_TAGS: Final = {
    "python/name": ("v", "names"),
    "python/module": ("v", "imports"),
    "python/object": ("n", "makes an object of"),
    "python/object/new": ("n", "makes an object of"),
    "python/object/apply": ("c", "calls"),
    "!name": ("v", "names"),
    "!module": ("v", "imports"),
    "!new": ("c", "calls"),
    "!apply": ("c", "calls"),
}
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
        'reference python-tag "python/object/apply:operator.attrgetter"',
        'reference python-tag "python/name:eval"',
        'reference python-tag "python/object/new:acme.Net"',
        'reference python-tag "!apply:os.system"',
        'reference python-tag "!name:speechbrain.utils.superpowers.run_shell"',
        'reference instantiate "${base}.system" @model._target_',
        'reference instantiate "functools.partial" @model._target_',
        'reference instantiate "torch.nn.Linear.__init__.__globals__.get" @model._target_',
        'reference instantiate "omegaconf.OmegaConf.load" @model._target_',
        'reference factory "subprocess.Popen" @model.target',
        'reference factory "torch.os.system" @model.class_path',
    ),
    silent=(
        'reference instantiate "nemo.collections.asr.modules.ConvASREncoder" @encoder._target_',
        'reference instantiate "torch.nn.Linear"',
        'reference factory "ldm.models.autoencoder.AutoencoderKL" @model.target',
        'reference python-tag "python/tuple"',
        'reference python-tag "python/object/apply:pathlib.PosixPath"',
        'reference python-tag "python/object:argparse.Namespace"',
        'reference python-tag "!new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN"',
    ),
    cwe=470,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such name or tag."""
    for fact in subject.of(Reference):
        if fact.role == "python-tag":
            yield from _tag(fact, subject)
        elif fact.role == "instantiate":
            yield from _target(fact, subject)
        elif fact.role == "factory":
            yield from _factory(fact)


def _target(fact: Reference, subject: Subject) -> Iterator[Match]:
    if "${" in fact.target:
        message = f"what restoring the model calls is put together: {fact.target[:200]}"
        yield Match(message, (fact,), Severity.HIGH)
        return
    parts = fact.target.split(".")
    name, entry = _entry(parts)
    effect = _effect(parts, entry)
    if _inward(parts):
        yield Match(f"restoring the model reaches into {fact.target}", (fact,), _HIGH)
        return
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


def _factory(fact: Reference) -> Iterator[Match]:
    """Yield a match for what is known to be dangerous: the key may mean something else."""
    parts = fact.target.split(".")
    effect = _effect(parts, _entry(parts)[1])
    if effect is not None:
        yield Match(f"what builds this calls {fact.target}: it {effect.what}", (fact,))
    elif _inward(parts):
        yield Match(f"what builds this reaches into {fact.target}", (fact,), _HIGH)


def _entry(parts: list[str]) -> tuple[Name, catalogue.Entry]:
    """Return what a path names; a method has its class before it, which is no module."""
    names = [Name(".".join(parts[:cut]), ".".join(parts[cut:])) for cut in range(1, len(parts))]
    for name in reversed(names):
        entry = catalogue.look_up(name)
        if entry.forms or entry.effect is not None:
            return name, entry
    return names[-1], catalogue.look_up(names[-1])


def _effect(parts: list[str], entry: catalogue.Entry) -> Effect | None:
    effect = entry.effect if "c" not in entry.forms else None
    return effect or _reached(parts)


def _inward(parts: list[str]) -> bool:
    """Whether a path leads through what Python keeps of an object, such as its globals."""
    return any(part.startswith("__") and part.endswith("__") for part in parts[1:])


def _tag(fact: Reference, subject: Subject) -> Iterator[Match]:
    tag, _, path = fact.target.partition(":")
    if tag in _PLAIN and not path:
        return
    form, does = _TAGS.get(tag, ("?", "builds"))
    message = f"a full YAML loader {does} {path or fact.target}"
    module, _, last = path.rpartition(".")
    if tag in ("python/module", "!module"):
        if catalogue.is_inert_module(path):
            return
        name = Name(path, "")
    else:
        name = Name(module or "builtins", last)
    entry = catalogue.look_up(name)
    # What is given to the name is plain data, or made by tags that are judged themselves.
    depends = conditions(name)
    wrong = otherwise(depends) if depends is not None else None
    if wrong is not None and wrong.kind == "dispatch":
        wrong = None
    if (form in entry.forms and wrong is None) or (form == "c" and path in _SEEDS):
        return
    effect = entry.effect or wrong or _reached(path.split("."))
    if effect is not None:
        severity = Severity.HIGH if form == "v" else Severity.CRITICAL
        yield Match(f"{message}: it {effect.what}", (fact,), severity)
    elif form == "?" or (last[:1].islower() and catalogue.verb(name) is not None):
        yield Match(message, (fact,), Severity.HIGH)
    elif path.startswith(_HONEST) and (form != "c" or last[:1].isupper()):
        return
    elif entry.covered:
        yield Match(message, (fact,), Severity.HIGH)
    elif not subject.vouches(path):
        yield Match(f"{message}, which nobody has vouched for", (fact,), Severity.MEDIUM)


def _reached(parts: list[str]) -> Effect | None:
    """Return the effect of what a path reaches through another module, as `a.os.system` does."""
    for start in range(1, len(parts) - 1):
        effect = catalogue.look_up(Name(".".join(parts[start:-1]), parts[-1])).effect
        if effect is not None:
            return effect
    return None
