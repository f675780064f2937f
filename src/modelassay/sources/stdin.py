"""Standard input, kept in a temporary file because formats are read at any offset."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator

from modelassay.io.blob import Blob, Spooled
from modelassay.kernel import Item

_IN_MEMORY = 16 << 20


def items() -> Iterator[Item]:
    """Yield the one item that standard input is."""
    yield Item("-", _spool)


def _spool() -> Blob:
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
    shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    return Spooled(file, file.tell())
