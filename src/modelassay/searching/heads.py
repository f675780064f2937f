"""First bytes of what a search looks for behind an encoding, and the format that has to take it."""

from __future__ import annotations

import re
from typing import Final

from modelassay.core.pattern import later

#: Weak ones, too: whatever starts so is read to its end before it counts.
_HEADS: Final = (
    (
        rb"\x7fELF|MZ|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba|\0asm|dex\n",
        "executable",
    ),
    (rb"PK\x03\x04", "zip"),
    (rb"7z\xbc\xaf\x27\x1c", "7z"),
    (
        rb"\x1f\x8b\x08|BZh[1-9]1AY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x78[\x01\x5e\x9c\xda]|\x5d\0\0",
        "compressed",
    ),
    (rb"\x80[\x00-\x05]|c[A-Za-z_][\w.]*\n[A-Za-z_]", "pickle"),
    (rb".[\x0c-\x0f]\r\n[\x00-\x03]\0\0\0.{8}[\xe3\x63]|[\xe3\x63]\0{12}", "python-code"),
    (rb"#!\s?/", "script"),
    (rb".{257}ustar", "tar"),
)


_ANY: Final = later(b"|".join(b"(" + head + b")" for head, _ in _HEADS), re.DOTALL)


def known(head: bytes) -> str | None:
    """Return the format that bytes starting with `head` may be of."""
    found = _ANY.match(head)
    return _HEADS[found.lastindex - 1][1] if found and found.lastindex else None
