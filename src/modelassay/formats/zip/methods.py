"""The compression methods of ZIP by their number (APPNOTE 4.4.5), as far as they can be read."""

from __future__ import annotations

from typing import Final

STORED: Final = 0
METHODS: Final[dict[int, str]] = {
    STORED: "stored",
    8: "deflate",
    9: "deflate64",
    12: "bzip2",
    14: "zip-lzma",
    20: "zstd",  # deprecated number
    93: "zstd",
    95: "xz",
}
AES: Final = 99
