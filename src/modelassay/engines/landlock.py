"""Landlock: from here on the process reads and writes below some folders only.

Source: Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h of Linux. What an
older kernel cannot forbid is left out of what is asked of it.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

from modelassay.engines.system import prctl, supported, syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1  # flag: tell the version of the interface
_BENEATH: Final = 1  # rule: what is beneath a path
_NO_NEW_PRIVILEGES: Final = 38

_WRITE, _READ, _LIST = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_FILE = 1 << 5, 1 << 8
_REFER, _TRUNCATE, _DEVICES = 1 << 13, 1 << 14, 1 << 15
_FIRST: Final = (1 << 13) - 1  # all that the first version knows
_TCP: Final = 0b11
_SCOPES: Final = 0b11  # abstract sockets, signals


def version() -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    if not supported():
        return 0
    try:
        return syscall(_CREATE, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str]) -> int:
    """Forbid this process all files but those beneath `readable`, and beneath `writable`.

    Files open already stay so. Nothing may be executed. Returns the version of Landlock; raises
    `OSError` where the kernel has none.
    """
    known = syscall(_CREATE, None, 0, _VERSION)
    handled = _FIRST
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _DEVICES)):
        handled |= right if known >= since else 0
    attributes = struct.pack("=Q", handled)
    attributes += struct.pack("=Q", _TCP) if known >= 4 else b""
    attributes += struct.pack("=Q", _SCOPES) if known >= 6 else b""
    ruleset = syscall(_CREATE, _buffer(attributes), len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ | _LIST)
        for path in writable:
            rights = _READ | _LIST | _WRITE | _MAKE_FILE | _REMOVE_FILE | _TRUNCATE
            _allow(ruleset, path, rights & handled)
        prctl(_NO_NEW_PRIVILEGES, 1)
        syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return known


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Allow `rights` beneath `path`; what is not there needs no right."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _READ | _WRITE | _TRUNCATE
        syscall(_ADD, ruleset, _BENEATH, _buffer(struct.pack("=Qi", rights, descriptor)), 0)
    finally:
        os.close(descriptor)


def _buffer(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))
