"""What a worker gives up before it reads anything: a bug in a parser is then no breach.

A worker is handed files that are open already. It needs to read the modules of Python and of this
package, and to write to one folder of its own, in which nothing keeps a name.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from modelassay.core.errors import Error
from modelassay.engines import landlock, seccomp
from modelassay.engines.system import prctl, supported

MEMORY: Final = 2 << 30  # bytes that one worker may hold
_SLACK: Final = 1 << 20
_DEATH_SIGNAL, _DUMPABLE = 1, 4
_LIBRARIES: Final = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
)


class SandboxError(Error):
    """The sandbox was asked for, and the kernel does not have all of it."""

    advice = "Scan without --sandbox, on Linux 5.13 or newer, or allow Landlock and seccomp."


def available() -> bool:
    """Whether the kernel seems to have all of it."""
    return supported() and landlock.version() > 0


def limit(largest: int) -> None:
    """Bound what this process may take: memory, and `largest` bytes in a file. No core is left."""
    for name, most in (("DATA", MEMORY), ("FSIZE", largest + _SLACK), ("CORE", 0)):
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(number, (most, most))
        except (OSError, ValueError):  # such as a system on which memory cannot be bounded
            continue


def stay_with_parent() -> None:
    """End when the parent does, whatever ends it."""
    if supported():
        prctl(_DEATH_SIGNAL, signal.SIGKILL)


def enter(scratch: str) -> tuple[str, ...]:
    """Give up what is not needed, as far as the kernel can take it; return what protects.

    `scratch` is the folder for temporary files.
    """
    active = []
    if supported():
        prctl(_DUMPABLE, 0)  # nothing else of this user reads its memory
    with suppress(OSError):
        active.append(f"Landlock {landlock.restrict(_readable(), (scratch,))}")
    with suppress(OSError):
        seccomp.restrict()
        active.append("seccomp")
    return tuple(active)


def whole(active: tuple[str, ...]) -> bool:
    """Whether `active` are all protections there are."""
    return len(active) == 2


def _readable() -> Iterator[str]:
    """Yield where modules, and the libraries that they need, are read from."""
    yield from _LIBRARIES
    yield os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from (path for path in sys.path if path)
