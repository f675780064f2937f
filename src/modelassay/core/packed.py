"""The nodes of a graph as bytes: there can be a million, and few of them are ever looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from typing import overload

import msgspec

from modelassay.core.graph import Node

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Node).decode


class PackedNodes(MutableSequence[Node]):
    """A list of nodes, each made anew when it is asked for."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Node]:
        return map(_decode, self._rows)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        if isinstance(index, slice):
            return list(map(_decode, self._rows[index]))
        return _decode(self._rows[index])

    @overload
    def __setitem__(self, index: int, node: Node) -> None: ...
    @overload
    def __setitem__(self, index: slice, node: Iterable[Node]) -> None: ...
    def __setitem__(self, index: int | slice, node: Node | Iterable[Node]) -> None:
        if isinstance(index, slice) or not isinstance(node, Node):
            raise TypeError("one node is set at a time")
        self._rows[index] = _encode(node)

    def __delitem__(self, index: int | slice) -> None:
        del self._rows[index]

    def insert(self, index: int, value: Node) -> None:
        """Put a node before the one at `index`."""
        self._rows.insert(index, _encode(value))

    def append(self, value: Node) -> None:
        """Put a node behind all others."""
        self._rows.append(_encode(value))
