"""Calls to the kernel that Python has no function for, by way of the C library."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from typing import Any


@cache
def _library() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def supported() -> bool:
    """Whether this is a system whose calls are known here."""
    return sys.platform == "linux" and os.uname().machine in ("x86_64", "aarch64")


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call and return what it returns. Raises `OSError`."""
    return _checked(_library().syscall(ctypes.c_long(number), *map(_word, arguments)))


def prctl(option: int, *arguments: Any) -> int:
    """Ask something of the kernel for this process. Raises `OSError`."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_library().prctl(ctypes.c_int(option), *map(_word, padded)))


def _word(value: Any) -> Any:
    return ctypes.c_ulong(value) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno() or errno.EINVAL
        raise OSError(number, os.strerror(number))
    return result
