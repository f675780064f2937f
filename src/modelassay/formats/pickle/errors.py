"""The error that ends a stream."""

from __future__ import annotations


class StreamError(Exception):
    """The loader would stop here; `offset` is where the opcode stands."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset
