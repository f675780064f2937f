"""Merge the verdicts of a package's versions and write the shipped files."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .forms import UNASKED, Catalogue, Verdict
from .reviewed import FORMS, Reviewed
from .solve import Effect

SCHEMA = 1
GENERATOR = "3"
MAX_STEPS = 4


Scope: TypeAlias = Literal["names", "effects"]


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of itself.

    `scope`: "names" if it tells of every name of the package, "effects" if of those only that do
    something when called. `read`: versions, oldest first, and the SHA-256 of what was read of each.
    """

    package: str
    scope: Scope
    read: dict[str, str]
    modules: list[str]


@dataclass(frozen=True, slots=True)
class Merged:
    """One package over all its covered versions."""

    head: Head
    names: dict[str, dict[str, str]]
    verdicts: Catalogue


def merge(head: Head, versions: dict[str, Catalogue], reviewed: Reviewed) -> Merged:
    """A form holds if it holds in every version that has the name; an effect if in any."""
    merged: Catalogue = {}
    for catalogue in versions.values():
        for module, verdicts in catalogue.items():
            into = merged.setdefault(module, {})
            for name, verdict in verdicts.items():
                into[name] = _both(into[name], verdict) if name in into else verdict
    if head.scope == "names":
        _add_reviewed(merged, head.modules, reviewed)
    told = value if head.scope == "names" else effects
    names = {
        module: {
            name: text for name in sorted(verdicts) if (text := told(verdicts[name])) is not None
        }
        for module, verdicts in sorted(merged.items())
    }
    return Merged(head, {module: texts for module, texts in names.items() if texts}, merged)


def _both(one: Verdict, other: Verdict) -> Verdict:
    forms = "".join(f for f in FORMS if f in one.forms and f in other.forms)
    return Verdict(
        forms,
        _shorter(one.effect, other.effect),
        one.is_class or other.is_class,
        {**other.reasons, **one.reasons},
        _shorter(one.unasked, other.unasked),
    )


def _shorter(*effects: Effect | None) -> Effect | None:
    return min((e for e in effects if e), key=lambda e: len(e.path), default=None)


def _add_reviewed(merged: Catalogue, modules: list[str], reviewed: Reviewed) -> None:
    """Names that people allowed and that no source names: compiled ones above all."""
    for dotted, decision in reviewed.allow.exact.items():
        if not _is_in(dotted, modules):
            continue
        module, name = split(dotted, merged)
        known = merged.get(module, {}).get(name)
        if known is None or known.forms != decision.forms:
            is_class = known.is_class if known else False
            merged.setdefault(module, {})[name] = Verdict(decision.forms, None, is_class)


def _is_in(dotted: str, modules: Iterable[str]) -> bool:
    """Whether a name is of a package: top-level modules, or packages of a namespace."""
    parts = dotted.split(".")
    return parts[0] in modules or ".".join(parts[:2]) in modules


def split(dotted: str, names: Mapping[str, Container[str]]) -> tuple[str, str]:
    """Module and qualified name: a capitalised or known next-to-last part is a class, no module."""
    module, _, name = dotted.rpartition(".")
    outer, _, last = module.rpartition(".")
    if module not in names and outer and (last[:1].isupper() or last in names.get(outer, ())):
        return outer, f"{last}.{name}"
    return module, name


def value(verdict: Verdict) -> str | None:
    """The shipped text of a verdict; None if it says no more than the name's absence."""
    text = verdict.forms
    if verdict.effect and "c" not in verdict.forms:
        text += f"!{_told(verdict.effect)}"
    if verdict.unasked:
        method = verdict.unasked.path[0].rpartition(".")[2]
        text += f"~{UNASKED[method]} {_told(verdict.unasked)}"
    return text if text or verdict.is_class else None


def effects(verdict: Verdict) -> str | None:
    """The effects of a verdict, without forms; None if there are none, or none that are near."""
    effect = verdict.effect if verdict.effect and len(verdict.effect.path) <= MAX_STEPS else None
    return value(replace(verdict, forms="", effect=effect)) or None


def _told(effect: Effect) -> str:
    path = effect.path
    if len(path) > MAX_STEPS:
        path = (path[0], path[1], "...", *path[-1:])
    return f"{effect.kind} {' -> '.join(path)}"


def write(folder: Path, merged: Merged) -> Path:
    """Write one package file, compact."""
    head = merged.head
    document = {
        "schema": SCHEMA,
        "package": head.package,
        "scope": head.scope,
        "modules": head.modules,
        "versions": list(head.read),
        "read": [f"sha256:{digest}" for digest in head.read.values()],
        "generator": GENERATOR,
        "names": merged.names,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{head.package}.json"
    path.write_text(_compact(document), encoding="utf-8")
    return path


def settle(path: Path, reviewed: Reviewed) -> int:
    """Put newer decisions of people into a written file, as a build would; return the changes."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("scope") == "effects":
        return 0
    names: dict[str, dict[str, str]] = document["names"]
    before = json.dumps(names)
    for module, texts in names.items():
        for name, text in texts.items():
            dotted = f"{module}.{name}"
            if reviewed.deny.get(dotted) and not reviewed.allow.get(dotted):
                texts[name] = text.lstrip(FORMS)
    for dotted, decision in reviewed.allow.exact.items():
        if _is_in(dotted, document["modules"]):
            module, name = split(dotted, names)
            names.setdefault(module, {})[name] = decision.forms
    sorted_names = {module: dict(sorted(names[module].items())) for module in sorted(names)}
    document["names"] = sorted_names
    path.write_text(_compact(document), encoding="utf-8")
    return sum(a != b for a, b in _pairs(json.loads(before), sorted_names))


def difference(old: Path, new: Path) -> str:
    """How a built file differs from an older one; empty if it does not."""
    if not old.exists():
        return "new"
    if old.read_bytes() == new.read_bytes():
        return ""
    before, after = (_flat(json.loads(path.read_text(encoding="utf-8"))) for path in (old, new))
    changed = sum(before[name] != after[name] for name in before.keys() & after.keys())
    gone, come = len(before.keys() - after.keys()), len(after.keys() - before.keys())
    told = f"{come} names more, {gone} fewer, {changed} changed"
    return told if gone or come or changed else "the head only"


def _flat(document: dict[str, Any]) -> dict[str, str]:
    return {
        f"{module}.{name}": text
        for module, texts in document["names"].items()
        for name, text in texts.items()
    }


def _pairs(
    before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]
) -> Iterator[tuple[str | None, str]]:
    for module, texts in after.items():
        for name, text in texts.items():
            yield before.get(module, {}).get(name), text


def _compact(document: Mapping[str, object]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def write_index(folder: Path) -> Path:
    """Map every covered top-level module to the file that covers it."""
    modules: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if "versions" in document:
            for module in document["modules"]:
                modules.setdefault(module, path.stem)
    index = folder / "index.json"
    document = {"schema": SCHEMA, "modules": dict(sorted(modules.items()))}
    index.write_text(_compact(document), encoding="utf-8")
    return index
