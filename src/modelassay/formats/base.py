"""What a format is: how it is recognised, and what its parser yields.

A format is a module with two functions::

    def identify(blob: Blob) -> bool             # decided by content alone
    def parse(source: Source) -> Iterator[Event]

A parser that meets broken input keeps what it has, yields an `Anomaly` and an `Incomplete`, and
ends. It never recurses into what it finds: it yields a `Child` and the kernel goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from modelassay.core.facts import Anomaly, Fact, Location
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

#: The dialect of a configuration that whoever restores the model instantiates.
BUILT: Final = "built"


class Source(msgspec.Struct, frozen=True):
    """What a parser is given: the bytes, the budget, and what the format around it said.

    `name` is the file or member name, context only, never to be trusted. `dialect` is an object
    that the parent format passes to the parser of its child, such as the sizes of the storages
    that a PyTorch archive holds beside its pickle. With `deep`, the parser also yields where the
    `Elements` of its tensors lie.
    """

    blob: Blob
    budget: Budget
    name: str = ""
    dialect: object | None = None
    deep: bool = False


class Child(msgspec.Struct, frozen=True):
    """Bytes inside an artifact that are an artifact of their own.

    `role`: a `member` of a container, which the user knows by its name; the `content` of a
    compressed stream; a `payload` passed to a call; a `tail`, `head` or `gap` outside of what the
    format describes; or `found` by a search among bytes of another meaning. `format` names the
    format it must be read as, besides those recognised. `place` says in words where it lies, `at`
    its offset in the artifact if its bytes are not taken from there as they are: what is packed or
    encoded there is then known.
    """

    name: str
    blob: Blob
    role: Literal["member", "content", "payload", "tail", "head", "gap", "found"] = "member"
    format: str | None = None
    dialect: object | None = None
    place: str = ""
    at: int | None = None


class Incomplete(msgspec.Struct, frozen=True):
    """A part of the artifact that can carry meaning was not read."""

    reason: str


class Refined(msgspec.Struct, frozen=True):
    """The artifact turned out to be of a more exact format than it was recognised as."""

    format: str


class Skipped(msgspec.Struct, frozen=True):
    """Bytes that carry no meaning, such as plain tensor data, were not read."""

    reason: str
    size: int


class Weights(msgspec.Struct, frozen=True):
    """A file beside the artifact that holds the raw elements of its tensors and nothing else.

    `name` is its path from the folder of the artifact, `size` how many bytes the artifact accounts
    for. Such a file has no format of its own; it is known by whoever describes it.
    """

    name: str
    size: int


class Elements(msgspec.Struct, frozen=True):
    """Where the raw elements of a tensor lie in the artifact; yielded for a deep search alone.

    `dtype` is what the format calls its type, `offset` and `size` count bytes. `shape` is `None`
    where they are a storage that tensors of any shape may share.
    """

    name: str
    dtype: str
    offset: int
    size: int
    shape: tuple[int, ...] | None = None


Event: TypeAlias = Fact | Child | Incomplete | Refined | Skipped | Weights | Elements


def trailing(blob: Blob, start: int, what: str) -> Iterator[Event]:
    """Yield the bytes from `start` on, which no loader reads, if there are any behind `what`."""
    size = blob.size - start
    if size > 0:
        message = f"{size} bytes stand behind {what}"
        at = Location(start)
        yield Anomaly(kind="trailing-bytes", message=message, values=(Const(size),), at=at)
        yield Child(f"@{start}", blob.sub(start), role="tail")


class Notes:
    """Collects anomalies. Past the first few of a kind they are counted, not kept."""

    most = 20

    def __init__(self) -> None:
        self.anomalies: list[Anomaly] = []
        self._first: dict[str, Anomaly] = {}
        self._kept: dict[str, int] = {}

    def add(
        self, kind: str, message: str, offset: int | None, *values: int, path: str = ""
    ) -> None:
        """Note an anomaly at `offset`, or at the place `path` in the structure."""
        kept = self._kept[kind] = self._kept.get(kind, 0) + 1
        if kept > self.most:
            self._first[kind].count += 1
            return
        numbers = tuple(Const(value) for value in values)
        at = Location(offset, visible(path[:200]))
        anomaly = Anomaly(kind=kind, message=message, values=numbers, at=at)
        self.anomalies.append(anomaly)
        self._first.setdefault(kind, anomaly)
