"""What people decided: overrides.toml (accepted, denied names), sinks.toml (primitive effects)."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

FORMS = "nscv"
T = TypeVar("T")
HERE = Path(__file__).parent


@dataclass(slots=True)
class NameTable(Generic[T]):
    """Exact names, `module.*` (its direct members) and `module.**` (all below), to a value."""

    exact: dict[str, T] = field(default_factory=dict)
    members: dict[str, T] = field(default_factory=dict)
    below: dict[str, T] = field(default_factory=dict)

    def add(self, pattern: str, value: T) -> None:
        """Add a name or pattern; a repeated name is a mistake in the file."""
        if pattern.endswith(".**"):
            table, key = self.below, pattern[:-3]
        elif pattern.endswith(".*"):
            table, key = self.members, pattern[:-2]
        else:
            table, key = self.exact, pattern
        if key in table:
            raise ValueError(f"{pattern} stands twice")
        table[key] = value

    def get(self, dotted: str) -> T | None:
        """The value for a name: the most exact entry wins."""
        if dotted in self.exact:
            return self.exact[dotted]
        parent = dotted.rpartition(".")[0]
        if parent in self.members:
            return self.members[parent]
        while parent:
            if parent in self.below:
                return self.below[parent]
            parent = parent.rpartition(".")[0]
        return None


@dataclass(frozen=True, slots=True)
class Decision:
    """Forms a person accepted for a name, and why."""

    forms: str
    reason: str


@dataclass(slots=True)
class Reviewed:
    """All hand-made knowledge of the generator."""

    allow: NameTable[Decision] = field(default_factory=NameTable)
    deny: NameTable[str] = field(default_factory=NameTable)
    inert: NameTable[str] = field(default_factory=NameTable)
    compiled: NameTable[str] = field(default_factory=NameTable)
    sinks: NameTable[str] = field(default_factory=NameTable)

    def sink(self, dotted: str) -> str | None:
        """The primitive effect of a name; a name settled by itself outranks a pattern of sinks."""
        return None if dotted in self.inert.exact else self.sinks.get(dotted)

    def knows(self, dotted: str) -> bool:
        """Whether a name is settled without reading its source."""
        return bool(
            dotted in self.allow.exact
            or self.sinks.get(dotted)
            or self.inert.get(dotted)
            or self.allow.get(dotted)
        )


def read_reviewed(overrides: Path | None = None, sinks: Path | None = None) -> Reviewed:
    """Read both files; malformed entries raise ValueError."""
    reviewed = Reviewed()
    tables = _load(overrides or HERE / "overrides.toml")
    for entry in tables.get("allow", ()):
        forms = entry["forms"]
        if not forms or set(forms) - set(FORMS):
            raise ValueError(f"forms {forms!r} are not of {FORMS!r}")
        for pattern in _patterns(entry):
            reviewed.allow.add(pattern, Decision(forms, entry["reason"]))
    kinds = {"deny": reviewed.deny, "inert": reviewed.inert, "compiled": reviewed.compiled}
    for kind, table in kinds.items():
        for entry in tables.get(kind, ()):
            for pattern in _patterns(entry):
                table.add(pattern, entry["reason"])
    for effect, patterns in _load(sinks or HERE / "sinks.toml").items():
        for pattern in patterns:
            reviewed.sinks.add(pattern, effect)
    return reviewed


def _patterns(entry: dict[str, Any]) -> list[str]:
    """Names of an entry: `names`, each put below every one of `modules` if those are given."""
    names: list[str] = entry["names"].split() if isinstance(entry["names"], str) else entry["names"]
    modules: list[str] = entry.get("modules", [])
    return [f"{module}.{name}" for module in modules for name in names] if modules else names


def _load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
