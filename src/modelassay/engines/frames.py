"""What a supervisor and its workers say to each other: frames of a length and a message.

A task brings along the descriptor of the file to read. Answers are taken apart without waiting: a
worker that ends in the middle of one, or never ends it, holds up nobody.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from typing import Final

import msgspec

_LENGTH: Final = struct.Struct("<I")
_LARGEST: Final = 256 << 20
_CHUNK: Final = 1 << 20


class Task(msgspec.Struct, frozen=True):
    """A file to read. `spooled` tells that it is a copy of what has no file of its own."""

    path: str
    below: bool
    spooled: bool


class Hello(msgspec.Struct, frozen=True):
    """What protects against a worker, told before it reads anything."""

    protections: tuple[str, ...]


class BrokenFrameError(Exception):
    """What came is no frame."""


def send_task(line: socket.socket, task: Task, descriptor: int) -> None:
    """Hand a task and its file to a worker. Raises `OSError` where that has gone."""
    path = os.fsencode(task.path)
    head = struct.pack("<I??", len(path), task.below, task.spooled)
    socket.send_fds(line, [head[:1]], [descriptor])
    line.sendall(head[1:] + path)


def receive_task(line: socket.socket) -> tuple[Task, int] | None:
    """Wait for a task; `None` once there are no more."""
    first, descriptors, _, _ = socket.recv_fds(line, 1, 1)
    if not first:
        return None
    length, below, spooled = struct.unpack("<I??", first + _exactly(line, 5))
    path = os.fsdecode(_exactly(line, length))
    return Task(path, below, spooled), descriptors[0]


def send(line: socket.socket, message: bytes) -> None:
    """Answer."""
    line.sendall(_LENGTH.pack(len(message)))
    line.sendall(message)


class Inbox:
    """The answers of one worker, as far as they have come."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._held = bytearray()

    def receive(self) -> bool:
        """Take what has come; return whether the worker is still there."""
        try:
            data = self._line.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._held += data
        return bool(data)

    def messages(self) -> Iterator[bytes]:
        """Yield the messages that are whole. Raises `BrokenFrameError` at what no worker sends."""
        return iter(self._next, None)

    def _next(self) -> bytes | None:
        if len(self._held) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._held)
        if length > _LARGEST:
            raise BrokenFrameError(f"a frame of {length} bytes")
        end = _LENGTH.size + length
        if len(self._held) < end:
            return None
        message = bytes(self._held[_LENGTH.size : end])
        del self._held[:end]
        return message


def _exactly(line: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = line.recv(length)
        if not part:
            raise BrokenFrameError("the supervisor has gone")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
