"""seccomp: from here on the process opens no connections and starts no processes.

Source: Documentation/userspace-api/seccomp_filter.rst, include/uapi/linux/{seccomp,filter,audit}.h
and the tables of system calls of Linux. What is denied fails with EPERM, so that code which tries
it goes on to say so. Beside the network and processes that is all that reaches into other processes
or the kernel, that is a way around the filter, such as io_uring, or that writes what Landlock does
not watch over: modes, owners, times and attributes of files.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from typing import Final

from modelassay.engines.system import prctl, supported

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_THREAD: Final = 0x10000  # CLONE_THREAD
_X32: Final = 0x40000000  # calls of another interface with the same architecture
_CLONE3: Final = 435  # what it starts stands in memory, which a filter does not see

#: AUDIT_ARCH, `clone`, and the calls that are denied.
_MACHINES: Final = {
    "x86_64": (
        0xC000003E,
        56,
        (
            *(41, 42, 43, 49, 50, 53, 288),  # socket connect accept bind listen socketpair accept4
            *(57, 58, 59, 322),  # fork vfork execve execveat
            *(62, 200, 234, 129, 297, 101, 310, 311),  # kill and its kin, ptrace, process_vm_*
            *(90, 91, 92, 93, 94, 260, 268),  # chmod fchmod chown fchown lchown fchownat fchmodat
            *(132, 235, 261, 280, 188, 189, 190, 197, 198, 199),  # utime and its kin, xattr
            *(155, 161, 165, 166, 272, 308, 135),  # pivot_root chroot mount umount unshare setns ..
            *(248, 249, 250, 298, 304, 321, 323),  # keys perf open_by_handle_at bpf userfaultfd
            *(175, 176, 313, 246, 320, 169),  # modules, kexec, reboot
            *(29, 30, 31, 64, 68, 240),  # System V memory, semaphores, queues
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (
            *(198, 203, 202, 200, 201, 199, 242),
            *(221, 281),
            *(129, 130, 131, 138, 240, 117, 270, 271),
            *(52, 53, 54, 55),
            *(88, 5, 6, 7, 14, 15, 16),
            *(41, 51, 40, 39, 97, 268, 92),
            *(217, 218, 219, 241, 265, 280, 282),
            *(105, 106, 273, 104, 294, 142),
            *(194, 196, 195, 190, 186, 180),
        ),
    ),
}
#: Of one number everywhere: pidfd_*, io_uring_*, mounts of the new way, fchmodat2, *xattrat.
_EVERYWHERE: Final = (424, 434, 438, 425, 426, 427, *range(428, 434), 442, 452, 463, 466)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def restrict() -> None:
    """Deny this process, and all it may start, what it does not need. Raises `OSError`."""
    if not supported():
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    code = b"".join(_instructions(os.uname().machine))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    prctl(_NO_NEW_PRIVILEGES, 1)
    prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program))


def _instructions(machine: str) -> Iterator[bytes]:
    architecture, clone, denied = _MACHINES[machine]
    yield _instruction(_LOAD, _ARCHITECTURE)
    yield _instruction(_EQUAL, architecture, 1, 0)
    yield _refuse(errno.EPERM)
    yield _instruction(_LOAD, _NUMBER)
    yield _instruction(_AT_LEAST, _X32, 0, 1)
    yield _refuse(errno.EPERM)
    for number in (*denied, *_EVERYWHERE):
        yield _instruction(_EQUAL, number, 0, 1)
        yield _refuse(errno.EPERM)
    yield _instruction(_EQUAL, _CLONE3, 0, 1)
    yield _refuse(errno.ENOSYS)  # the C library then takes `clone`
    yield _instruction(_EQUAL, clone, 0, 3)
    yield _instruction(_LOAD, _FIRST_ARGUMENT)
    yield _instruction(_ANY_BIT, _THREAD, 1, 0)
    yield _refuse(errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)


def _instruction(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)


def _refuse(number: int) -> bytes:
    return _instruction(_RETURN, _ERRNO | number)
