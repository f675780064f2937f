"""What a child turned out to be, and the fact that tells its parent of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from modelassay import formats
from modelassay.core.errors import Error
from modelassay.core.facts import Executable, Fact, Import, Location, Payload
from modelassay.formats.base import Child
from modelassay.io.blob import Blob, extent
from modelassay.io.budget import Budget
from modelassay.searching.places import MEASURES

#: Where a child lies that its parent has no place for.
OUTSIDE: Final = ("tail", "head", "gap", "found")
_CHUNK: Final = 1 << 20
#: Formats of files in which a pickle stands as a matter of course; what it does is judged.
_REPEATED: Final = frozenset(
    ("pickle", "joblib", "pytorch-legacy", "pytorch-tar-part", "base64", "text")
)
#: Formats of models behind which an archive may stand, and that are none themselves.
_FRONTED: Final = frozenset(("tflite",))
_WEIGHTS: Final = "bits of "
_CODECS: Final = frozenset(("gzip", "bzip2", "xz", "zstd", "lz4", "lzma", "zlib"))
_TEXTS: Final = frozenset(("base64", "hex"))
_SCRIPTS: Final = frozenset(("script", "shell", "python-module"))
_PICKLES: Final = frozenset(("pickle", "joblib", "pytorch-legacy"))


def identity(format: str | None, facts: Sequence[Fact], content: str | None) -> str | None:
    """Return what an artifact is as a payload, `None` if it is none.

    `content` is what the content of a compressed stream or of encoded text is.
    """
    if format is None:
        return None
    if format == "executable":
        return next((fact.type for fact in facts if isinstance(fact, Executable)), None)
    if format in _PICKLES:
        return "pickle" if any(isinstance(fact, Import) for fact in facts) else None
    if format in _CODECS or format in _TEXTS:
        return f"{content} in {format}" if content else None
    if format in _SCRIPTS:
        return "script"
    if format in _FRONTED:
        return None
    entry = formats.BY_ID.get(format)
    families = (format, *(entry.refines if entry else ()), _REFINED.get(format, ""))
    return next((family for family in families if family in MEASURES), None)


#: Formats that only their parser tells from the one they are of.
_REFINED: Final = dict.fromkeys(("torchscript", "torch-package", "torch-export"), "zip")


def is_text(kind: str) -> bool:
    """Whether a payload is text that something is encoded in."""
    return kind.rpartition(" in ")[2] in _TEXTS


def payload(
    parent: Blob, format: str | None, child: Child, kind: str, budget: Budget, data: Blob
) -> Payload | None:
    """Return the fact that a child of this `kind` lies outside of what its parent describes.

    `data` is the child, or what it decodes to: size and hash are told of that.
    """
    pickled = kind.partition(" in ")[0] == "pickle"
    usual = pickled and format in _REPEATED and _WEIGHTS not in child.place
    if child.role not in OUTSIDE or usual:
        return None
    own, outer = extent(child.blob), extent(parent)
    at = child.at if own.base is not outer.base else own.start - outer.start
    size = _size(data, kind.rpartition(" in ")[0] if is_text(kind) else kind, budget)
    return Payload(
        type=kind,
        place=child.place or child.role,
        size=size,
        sha256=digest(data, size),
        at=Location(at),
    )


def _size(blob: Blob, kind: str, budget: Budget) -> int:
    """Return how many bytes of `blob` are the payload; all where that cannot be told."""
    known = "compressed" if " in " in kind else kind
    measure = MEASURES.get(known) or MEASURES["executable"]
    try:
        return min(measure(blob, budget) or blob.size, blob.size)
    except Error:
        return blob.size


def digest(blob: Blob, size: int) -> str:
    """Return the SHA-256 of the first `size` bytes."""
    found = hashlib.sha256()
    for offset in range(0, size, _CHUNK):
        found.update(blob.read_at(offset, min(_CHUNK, size - offset)))
    return found.hexdigest()
