"""What a format says of some bytes, sorted for tests."""

from __future__ import annotations

from modelassay import formats
from modelassay.core.facts import Anomaly, Limit, Member
from modelassay.formats.base import Child, Event, Incomplete, Refined, Source
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget, Limits

PAYLOAD = b"\x80\x04cbuiltins\nprint\n(X\x02\x00\x00\x00hitR."


class Said:
    """The events of a format's parser."""

    def __init__(self, format: str, data: bytes, limits: Limits | None = None) -> None:
        module = formats.BY_ID[format].load()
        self.events: list[Event] = list(module.parse(Source(Memory(data), Budget(limits))))

    def kinds(self) -> list[str]:
        """Return the kinds of all anomalies."""
        return sorted(event.kind for event in self.events if isinstance(event, Anomaly))

    def members(self) -> list[Member]:
        """Return all member facts."""
        return [event for event in self.events if isinstance(event, Member)]

    def limits(self) -> list[str]:
        """Return the names of the limits that were reached."""
        return [event.name for event in self.events if isinstance(event, Limit)]

    def refined(self) -> list[str]:
        """Return the more exact formats."""
        return [event.format for event in self.events if isinstance(event, Refined)]

    def incomplete(self) -> bool:
        """Whether something was not read."""
        return any(isinstance(event, Incomplete | Limit) for event in self.events)

    def children(self, *roles: str) -> dict[str, bytes]:
        """Return the bytes of children by name; of several with one name the last."""
        return {
            event.name: event.blob.head(event.blob.size)
            for event in self.events
            if isinstance(event, Child) and (not roles or event.role in roles)
        }

    def contents(self) -> list[bytes]:
        """Return the bytes of all children."""
        return [e.blob.head(e.blob.size) for e in self.events if isinstance(e, Child)]


def honest(said: Said) -> bool:
    """Whether there is nothing to say against an archive."""
    return not said.kinds() and not said.incomplete()
