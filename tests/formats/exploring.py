"""What the formats say of some bytes, walked as the kernel walks, with nothing judged."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from modelassay import formats
from modelassay.core.facts import Anomaly, Fact
from modelassay.formats.base import Child, Elements, Incomplete, Refined, Skipped, Source, Weights
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget

F = TypeVar("F", bound=Fact)
DATA = Path(__file__).parent.parent / "data"


@dataclass
class Artifact:
    """One artifact and those inside it."""

    path: str
    formats: list[str]
    facts: list[Fact] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    inside: list[Artifact] = field(default_factory=list)

    def walk(self) -> Iterator[Artifact]:
        yield self
        for artifact in self.inside:
            yield from artifact.walk()

    def of(self, kind: type[F]) -> list[F]:
        return [fact for one in self.walk() for fact in one.facts if isinstance(fact, kind)]

    @property
    def anomalies(self) -> list[str]:
        return [fact.kind for fact in self.of(Anomaly)]

    @property
    def reasons(self) -> list[str]:
        return [reason for one in self.walk() for reason in one.incomplete]


def explore(data: bytes | Path, path: str = "file") -> Artifact:
    """Read bytes or a file by every format that recognises it."""
    if isinstance(data, Path):
        return _read(Memory(data.read_bytes()), data.name, None, 0)
    return _read(Memory(data), path, None, 0)


def _read(blob: Blob, path: str, child: Child | None, depth: int) -> Artifact:
    matches = [e for e in formats.candidates(blob) if e.load().identify(blob)]
    if child is not None and child.format is not None:
        matches.append(formats.BY_ID[child.format])
    matches = formats.settle(list(dict.fromkeys(matches)))
    artifact = Artifact(path, [entry.id for entry in matches])
    source = Source(blob, Budget(), path, child.dialect if child else None)
    for entry in matches or [formats.SEARCH]:
        for event in entry.load().parse(source):
            if isinstance(event, Child):
                if depth < 8:
                    name = f"{path}!{event.name}"
                    artifact.inside.append(_read(event.blob, name, event, depth + 1))
            elif isinstance(event, Skipped):
                size = artifact.skipped.get(event.reason, 0) + event.size
                artifact.skipped[event.reason] = size
            elif isinstance(event, Incomplete):
                artifact.incomplete.append(event.reason)
            elif isinstance(event, Refined):
                artifact.formats = [event.format]
            elif not isinstance(event, Weights | Elements):
                artifact.facts.append(event)
    return artifact


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of stored members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()
