"""What stands in front of the superblock: nothing, a note of the writer, or a file of its own.

Sources: System V ABI (ELF identification), Microsoft's PE format (e_lfanew), Mach-O's loader.h.
"""

from __future__ import annotations

import re
from typing import Final

from modelassay.io.blob import Blob

_HEAD: Final = 4096
_MACH_O: Final = {
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
}
_SCRIPT: Final = re.compile(rb"#!\s*/|<script|<\?php|@echo off", re.IGNORECASE)
_TEXT: Final = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]*\0*\Z")
_MATLAB: Final = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{116}.{8}[\0-\x02]{2}IM\0*\Z", re.DOTALL)


def kind_of(blob: Blob) -> str:
    """Return `empty`, `text`, `elf`, `pe`, `mach-o`, `script`, or `bytes` for what is none."""
    head = blob.head(_HEAD)
    if head[:4] == b"\x7fELF" and head[4:5] in b"\1\2" and head[5:6] in b"\1\2":
        return "elf"
    if head[:2] == b"MZ":
        header = int.from_bytes(head[0x3C:0x40], "little")
        return "pe" if blob.read_at(header, 4) == b"PE\0\0" else "bytes"
    if head[:4] in _MACH_O:
        return "mach-o"
    if _SCRIPT.match(head):
        return "script"
    if not head.strip(b"\0"):
        return "empty"
    return "text" if _TEXT.match(head) or _MATLAB.match(head) else "bytes"
