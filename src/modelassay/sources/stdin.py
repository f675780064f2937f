"""Standard input, kept in a temporary file because formats are read at any offset."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache

from modelassay.core.errors import SourceError
from modelassay.io.blob import Blob, Spooled
from modelassay.kernel import Item

_IN_MEMORY = 16 << 20


def items() -> Iterator[Item]:
    """Yield the one item that standard input is."""
    yield Item("-", cache(_spool))  # it can be read once


def _spool() -> Blob:
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
    try:
        shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    except OSError as error:
        raise SourceError(f"cannot read standard input: {error.strerror}") from error
    return Spooled(file, file.tell())
