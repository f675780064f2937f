"""How callables are judged: by their exact name, by the form in which a file uses them.

Shared by the rules about callables; each reports one verdict of `judge`. Default is deny: a name
is silent only if the catalogue allows it in every form in which the file uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from modelassay.core.facts import Call, Code, Fact, Import, StateUpdate
from modelassay.core.notation import show_call
from modelassay.core.values import Const, Made, Mapping, Name, Sequence, Value, children
from modelassay.rules import arguments, catalogue
from modelassay.rules.base import Match, Subject
from modelassay.rules.catalogue import EFFECTS, Effect, Entry
from modelassay.rules.entries import (
    RECONSTRUCTORS,
    conditions,
    governed_attributes,
    governs,
    instantiated,
    maker,
    named,
    otherwise,
)

#: The form of a name that stands where a condition on its call says which names may.
_GOVERNED: Final = "governed"


class Use(msgspec.Struct):
    """A name, the forms in which the artifact uses it, and the facts that show it."""

    name: Name
    forms: set[str]
    facts: list[Fact]

    def call(self) -> str:
        """Return the reconstructed call, or the name where there is none."""
        for fact in self.facts:
            if isinstance(fact, Call):
                return show_call(Made(fact.callable, fact.args, fact.kwargs))
        return str(self.name)

    def evidence(self) -> tuple[Fact, ...]:
        """Return the facts, calls first."""
        return tuple(sorted(self.facts, key=lambda fact: not isinstance(fact, Call)))

    def verb(self) -> str:
        """Return what loading does with the name."""
        if "c" in self.forms:
            return "calls"
        return "instantiates" if "n" in self.forms else "refers to"


class Verdict(msgspec.Struct, frozen=True):
    """A use that is not silent: the rule that reports it, and why."""

    rule: str
    use: Use
    entry: Entry
    effect: Effect | None = None


def uses(subject: Subject) -> dict[Name, Use]:
    """Return every name the artifact imports, with the forms in which it uses it."""
    found: dict[Name, Use] = {}
    for fact in subject.of(Import):
        if fact.how == "literal":
            found.setdefault(fact.name, Use(fact.name, set(), [])).facts.append(fact)
    for call in subject.of(Call):
        kind = None if call.args or call.kwargs else instantiated(call.callable)
        new = call.via == "new" or kind is not None
        _note(found, kind or named(call.callable), "n" if new else "c", call)
        made = call.callable in RECONSTRUCTORS and call.args
        if made:
            _note(found, call.args[0], "n", call)
        terms = conditions(call.callable) if isinstance(call.callable, Name) else None
        for index, value in enumerate(call.args):
            if terms is not None and governs(terms, index, value):
                _note(found, value, _GOVERNED, call)
            elif not (made and index == 0):
                _note_values(found, value)
        for _, value in call.kwargs:
            _note_values(found, value)
    for update in subject.of(StateUpdate):
        if update.via == "state":
            _note(found, maker(update.target), "s", update)
        _note_state(found, update)
    for use in found.values():
        if not use.forms:
            use.forms.add("v")
    return found


def _note_state(found: dict[Name, Use], update: StateUpdate) -> None:
    """Note the names in a state. Conditions on its attributes say which may stand there."""
    kind = maker(update.target)
    terms = conditions(kind) if isinstance(kind, Name) and update.via == "state" else None
    holds = terms is not None and arguments.permits_state(terms, update)
    governed = governed_attributes(terms) if terms is not None and holds else frozenset()
    if not governed or not isinstance(update.state, Mapping):
        _note_values(found, update.state)
        return
    for key, value in update.state.items:
        if isinstance(key, Const) and key.value in governed:
            _note(found, value, _GOVERNED, update)
        else:
            _note_values(found, value)


def _note_values(found: dict[Name, Use], value: Value) -> None:
    """Note the names a value holds, other than as callables of what it was made by."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, Name):
            found.setdefault(current, Use(current, set(), [])).forms.add("v")
        elif not isinstance(current, Made):
            pending.extend(children(current))


def _note(found: dict[Name, Use], value: Value, form: str, fact: Fact) -> None:
    if isinstance(value, Name):
        use = found.setdefault(value, Use(value, set(), []))
        use.forms.add(form)
        use.facts.append(fact)


def judge(subject: Subject) -> list[Verdict]:
    """Return a verdict for every name that is not allowed as it is used."""
    kept: list[Verdict] | None = subject.memo.get("callables")
    if kept is None:
        kept = [verdict for use in uses(subject).values() if (verdict := _judge(use, subject))]
        subject.memo["callables"] = kept
    return kept


def _judge(use: Use, subject: Subject) -> Verdict | None:
    name, entry, forms = use.name, catalogue.look_up(use.name), use.forms - {_GOVERNED}
    terms = conditions(name)
    doubtful = terms is not None and "doubtful" in terms
    if terms is not None:
        broken = [fact for fact in use.facts if not _permitted(name, terms, fact, subject)]
        if broken:
            use.facts = broken
            effect = otherwise(terms)
            return Verdict(
                EFFECTS[effect.kind] if effect else "hostile-argument", use, entry, effect
            )
        judged = "state" in terms and not doubtful
        forms -= {"c", "s"} if "c" in forms else {"s"} if judged else set()
    taken = forms == {"v"} and arguments.may_be_taken(name)
    if taken or all(_allowed(form, entry) for form in forms):
        driven = [fact for fact in use.facts if terms is None and _is_given_iterator(fact)]
        return Verdict("hostile-argument", Use(name, forms, driven), entry) if driven else None
    if entry.effect is not None and (entry.effect.known or "c" in forms):
        return Verdict(EFFECTS[entry.effect.kind], use, entry, entry.effect)
    if entry.unasked is not None and entry.unasked[0] in forms and not doubtful:
        return Verdict(EFFECTS[entry.unasked[1].kind], use, entry, entry.unasked[1])
    if odd_path(name):
        return Verdict("attribute-path", use, entry)
    if subject.vouches(f"{name.module}.{name.qualname}"):
        return None
    if not entry.covered:
        effect = catalogue.verb(name) if "c" in forms else None
        return Verdict("suggestive-callable" if effect else "unvouched-package", use, entry, effect)
    harmful = entry.effect is not None and entry.effect.known
    refused = {form for form in forms if not _allowed(form, entry)}
    unproved = not entry.complete and not harmful and refused <= {"n", "s"}
    return Verdict("unrecognised-class" if unproved else "unlisted-callable", use, entry)


def _permitted(name: Name, terms: dict[str, Any], fact: Fact, subject: Subject) -> bool:
    """Whether a use of a callable satisfies the conditions on its arguments.

    What rebuilds code is permitted where that code was read: it is judged by what it refers to.
    """
    if isinstance(fact, Call):
        if fact.callable == name or named(fact.callable) == name:
            call = fact
        elif fact.callable in RECONSTRUCTORS:
            call = _instantiation(fact)
        else:
            return True
        if call.via == "new" and not call.args and not call.kwargs:
            return True
        return arguments.permits_call(terms, call) and (
            "judge" not in terms or any(True for _ in subject.of(Code))
        )
    return not isinstance(fact, StateUpdate) or arguments.permits_state(terms, fact)


def _instantiation(call: Call) -> Call:
    """Return the instantiation that a call of one of `RECONSTRUCTORS` comes to."""
    kind, *rest = call.args
    assert isinstance(call.callable, Name)
    if call.callable.qualname == "_reconstructor":
        rest = [] if rest[:1] == [Name("builtins", "object")] else rest[1:]
    elif call.callable.qualname == "__newobj_ex__" and rest and isinstance(rest[0], Sequence):
        rest = list(rest[0].items)
    return Call(callable=kind, args=tuple(rest), via="new")


def _is_given_iterator(fact: Fact) -> bool:
    """Whether a call without conditions of its own is given more than data: it may never end."""
    return isinstance(fact, Call) and any(arguments.drives_on(value) for value in fact.args)


def _allowed(form: str, entry: Entry) -> bool:
    """Whether the catalogue allows a form.

    A class that may be made may also be held. The state of what a factory makes that is only there
    to rebuild objects is set by a class the factory chose, not the file; what other functions
    return, such as the members of an enumeration, the program may share.
    """
    if form in entry.forms:
        return True
    return "n" in entry.forms if form == "v" else form == "s" and entry.forms == "c"


def odd_path(name: Name) -> bool:
    """Whether a dotted name goes through a dunder, or through a module that another one imports."""
    parts = name.qualname.split(".")
    if any(part.startswith("__") and part.endswith("__") for part in parts):
        return True
    return any(catalogue.is_module(part) for part in parts[:-1])


def matches(subject: Subject, rule: str) -> Iterator[Match]:
    """Yield a match for every name that `judge` leaves to `rule`, an effect."""
    for verdict in judge(subject):
        if verdict.rule == rule:
            use, effect = verdict.use, verdict.effect
            what = f": it {effect.what}" if effect else ""
            yield Match(f"loading {use.verb()} {use.call()}{what}", use.evidence())
