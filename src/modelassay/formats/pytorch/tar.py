"""PyTorch tar files, as `torch.save` wrote them before 0.1.10: four members.

Source: `torch/serialization.py` (`legacy_load` inside `_legacy_load`) of PyTorch 0.1 to 2.13.
`sys_info` and `pickle` are pickles; in `storages` and `tensors` a pickle says how many follow,
and then each has a pickle that names it and a raw block: elements, or the layout of a tensor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats import tar
from modelassay.formats.base import Child, Event, Refined, Source
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.machine import Machine
from modelassay.formats.tar.header import decode
from modelassay.io.blob import Blob
from modelassay.io.tar import BLOCK

_PARTS: Final = ("storages", "tensors")
_MEMBERS: Final = frozenset({"pickle", *_PARTS})
_MOST_HEADERS: Final = 16


class Part(msgspec.Struct, frozen=True):
    """Which of the two members with raw blocks is read."""

    name: str


class TarDialect(Dialect):
    """The pickle of the object, whose persistent ids are numbers."""

    def persistent(self, machine: Machine, node: int) -> int | None:
        """Tell the format by its ids."""
        machine.recorder.tell(Refined("pytorch-tar"))
        return None


def identify(blob: Blob) -> bool:
    """Whether `blob` is a tar whose first members are those of a PyTorch file."""
    names: set[str] = set()
    position = 0
    for _ in range(_MOST_HEADERS):
        header = decode(blob.read_at(position, BLOCK), position)
        if header is None or header.size is None or header.size < 0:
            break
        names.add(_plain(header.name.decode("latin-1")))
        position += BLOCK + -(-header.size // BLOCK) * BLOCK
    return "pickle" in names and len(names & _MEMBERS) > 1


def _plain(name: str) -> str:
    return name.removeprefix("./")


def parse(source: Source) -> Iterator[Event]:
    """Yield what a tar yields, its members read as what they are."""
    for event in tar.parse(source):
        if not isinstance(event, Child) or event.role != "member":
            yield event
        elif _plain(event.name) in _PARTS:
            part = Part(_plain(event.name))
            yield msgspec.structs.replace(event, format="pytorch-tar-part", dialect=part)
        else:
            yield msgspec.structs.replace(event, dialect=TarDialect())
