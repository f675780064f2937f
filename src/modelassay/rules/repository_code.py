"""Python code of a repository that runs when the model is loaded.

What
----
A loader imports this file of the repository: a module that a configuration names, a handler, a way
to generate, code of an MLflow model. It was read without being run. The finding tells what it
reaches: on import, in functions that loading calls, or in others.

Why
---
Statements of a module run as soon as it is imported, those of constructors when the model is made.
Code that models need works on tensors; it does not start programs, speak to servers or run text.
A command that only asks for something has a place in a script, none in the code of a model. What
functions do that are only called later is reported as less.

Remediation
-----------
Read the file before the model is loaded. Do not load it where the finding names a command, a
server or text that is run.

References
----------
- https://huggingface.co/docs/transformers/custom_models
- https://docs.python.org/3/reference/import.html
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, CodeReference
from modelassay.core.findings import Severity
from modelassay.core.values import Name
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.catalogue import look_up

RULE = Rule(
    id="repository-code",
    title="Python code of a repository that runs when the model is loaded",
    severity=Severity.CRITICAL,
    remediation="Read the file before the model is loaded; do not load what it should not do.",
    fires=(
        'code loaded-import "modeling_x.py" os.system()',
        'code loaded-import "handler.py" exec()',
        'code loaded-later "modeling_x.py" subprocess.run()',
    ),
    silent=('code python-import "setup.py" os.system()', 'code python "f" os.system()'),
    cwe=506,
    atlas="AML.T0011.000",
)

_C, _H, _M, _L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
#: How bad an effect is on import, in what loading calls, and in other functions.
_WEIGHTS: Final[dict[str, tuple[Severity | None, Severity | None, Severity | None]]] = {
    "command": (_C, _H, _M),
    "code": (_H, _M, _L),
    "network": (_H, _M, _L),
    "native": (_M, _M, _L),
    "load": (_M, _L, _L),
    "file": (_M, _L, None),
    "process": (_L, None, None),
    "hidden": (_H, _M, _L),
}
_PLACES: Final = ("on import", "when it is loaded", "in functions it defines")
_REACHING: Final = ("__subclasses__", "__globals__", "__builtins__")
#: Methods and functions that loaders call.
_CALLED: Final = frozenset(
    (
        *("__init__", "__new__", "__init_subclass__", "__post_init__", "__setstate__", "__del__"),
        *("post_init", "_init_weights", "from_pretrained", "_from_pretrained", "from_config"),
        *("_from_config", "from_dict", "load", "load_context", "load_model", "_load_pyfunc"),
        *("initialize", "model_fn", "load_state_dict", "init_predictor", "setup"),
    )
)
#: Modules all of whose effects count.
_TELLING: Final = frozenset(
    (
        *("requests", "httpx", "urllib3", "aiohttp", "paramiko", "pexpect", "subprocess", "pty"),
        *("socket", "urllib", "http", "ftplib", "smtplib", "telnetlib", "ctypes"),
    )
)
#: What runs a text, or code that was read from one.
_TEXTS: Final = frozenset(
    (
        *("exec", "eval", "compile", "marshal.loads", "types.FunctionType", "types.CodeType"),
        *("runpy.run_path", "runpy.run_module", "importlib.util.spec_from_file_location"),
        *("importlib.machinery.SourceFileLoader", "code.interact", "timeit.timeit"),
    )
)
_LONGEST: Final = 200


def check(subject: Subject) -> Iterator[Match]:
    """Yield the worst of each module, and that it runs at all."""
    modules: dict[str, list[Code]] = {}
    for fact in subject.of(Code):
        if fact.language in ("loaded-import", "loaded-later"):
            modules.setdefault(fact.name, []).append(fact)
    for name, facts in modules.items():
        yield _module(name, facts)


def _module(name: str, facts: list[Code]) -> Match:
    judged: dict[tuple[Severity, int], dict[str, None]] = {}
    for fact in facts:
        for reference, place in _placed(fact):
            effect = _effect(reference)
            severity = _WEIGHTS[effect][place] if effect in _WEIGHTS else None
            if severity is not None:
                judged.setdefault((severity, place), {})[_show(reference)] = None
    if not all(fact.complete for fact in facts):
        judged.setdefault((Severity.MEDIUM, 0), {})["what could not be read as source"] = None
    if not judged:
        message = f"{name} runs when the model is loaded; nothing in it stands out"
        return Match(message, tuple(facts), Severity.INFO)
    severity, place = max(judged, key=lambda key: (key[0].rank, -key[1]))
    shown = ", ".join(list(judged[severity, place])[:5])
    message = f"{name} reaches, {_PLACES[place]}, {shown}"
    return Match(message, tuple(facts), severity, fires_at="inference" if place == 2 else None)


def _placed(fact: Code) -> Iterator[tuple[CodeReference, int]]:
    """Yield each reference and where it runs, as an index of `_PLACES`."""
    reached = _reached(fact.references)
    for one in fact.references:
        now = fact.language == "loaded-import"
        yield one, 0 if now or not one.path else 1 if one.path in reached else 2


def _reached(references: tuple[CodeReference, ...]) -> set[str]:
    """Return the functions that run when what loaders call is called."""
    calls: dict[str, list[str]] = {}
    for one in references:
        calls.setdefault(one.path, []).extend([one.name] if one.called else [])
    heads: dict[str, list[str]] = {}
    for path in calls:
        heads.setdefault(path.rpartition(".")[2], []).append(path)
    pending = [path for name in _CALLED for path in heads.get(name, ())]
    reached: set[str] = set()
    while pending:
        path = pending.pop()
        if path not in reached:
            reached.add(path)
            for name in filter(_local, calls.get(path, ())):
                pending += heads.get(name.rpartition(".")[2], ())
    return reached


def _local(name: str) -> bool:
    """Whether a call may be of what the module itself defines."""
    return "." not in name or name.startswith(("self.", "cls.", "super()."))


def _effect(reference: CodeReference) -> str | None:
    if any(word in reference.name for word in _REACHING):
        return "hidden"
    path = reference.name
    parts = path.partition("(")[0].partition("[")[0].split(".")
    if not reference.called:
        return None
    if path.removeprefix("builtins.") in _TEXTS:
        return "code"
    for length in range(len(parts) - 1, 0, -1):
        entry = look_up(Name(".".join(parts[:length]), ".".join(parts[length:])))
        effect = entry.effect
        # A variable may have the name of a module, of which not every call is told of.
        exact = effect is not None and effect.exact and "(" not in path
        known = parts[0] in _TELLING or (entry.package == "cpython" and exact)
        if known and effect is not None and effect.kind != "code":
            return effect.kind
    return "file" if path == "open" else None


def _show(reference: CodeReference) -> str:
    return f"{reference.name}({', '.join(reference.args)})"[:_LONGEST]
