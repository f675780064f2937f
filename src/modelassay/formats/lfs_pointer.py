"""Pointers of Git LFS: what stands in place of a large file that was not downloaded.

Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. What the file itself holds is not
known, so it is never clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob

_LARGEST: Final = 1024  # by the specification
_POINTER: Final = re.compile(
    rb"version (?:https://git-lfs\.github\.com/spec/v\d{1,3}|https://hawser\.github\.com/spec/v1)\n"
    rb"(?:ext-[^\n]{1,400}\n){0,9}oid sha256:([0-9a-f]{64})\nsize (\d{1,20})\n?\s*\Z"
)


def identify(blob: Blob) -> bool:
    """Whether `blob` is a pointer."""
    return blob.size <= _LARGEST and _POINTER.match(blob.head(_LARGEST)) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield which file is meant."""
    found = _POINTER.match(source.blob.head(_LARGEST))
    if found is not None:
        yield Metadata(key="oid", value=Const(found[1].decode()))
        yield Metadata(key="size", value=Const(int(found[2])))
    yield Incomplete("a pointer of Git LFS: the file itself was not downloaded")
