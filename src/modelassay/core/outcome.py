"""What the reading of one file gave: small and typed, so that it can cross a process or be kept.

Nothing of it is trusted where it comes back: it is decoded into these types or refused, and nothing
in it can be more than data. MessagePack holds neither integers beyond 64 bits nor text that is no
valid Unicode, as names of files may be; where an outcome has any, they go as extensions.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from modelassay.core.errors import Error
from modelassay.core.facts import AnyFact
from modelassay.core.findings import Finding
from modelassay.core.report import Artifact, Coverage, Problem

_TEXT: Final = 1
_INTEGER: Final = 2
_PAIRS: Final = 3  # a map, since an extension cannot be a key
_PLAIN, _EXTENDED = b"\0", b"\1"


class OutcomeError(Error):
    """Bytes that are no outcome."""


class Kept(msgspec.Struct):
    """What a repository may ask for of a file or a member that was read.

    `facts` are those of small configurations and modules; `whole` is false where they were too many
    to keep. `data` are the bytes of a small member; a file that is not `inside` another can be
    opened again.
    """

    artifact: Artifact
    facts: tuple[AnyFact, ...] = ()
    data: bytes | None = None
    whole: bool = True
    inside: bool = False


class Outcome(msgspec.Struct):
    """What was read of one file and all inside it.

    `weights` are the paths of files that it accounts for as raw weights, with their sizes.
    """

    path: str
    artifacts: list[Artifact] = []
    findings: list[Finding] = []
    errors: list[Problem] = []
    coverage: Coverage = msgspec.field(default_factory=Coverage)
    weights: dict[str, int] = {}
    kept: list[Kept] = []


@cache
def _decoder() -> msgspec.msgpack.Decoder[Outcome]:
    """Return what reads outcomes; most scans hand none on, and to make it takes time."""
    return msgspec.msgpack.Decoder(Outcome)


def encode(outcome: Outcome) -> bytes:
    """Return `outcome` as bytes. Raises `RecursionError` where facts of it are nested too deep."""
    try:
        return _PLAIN + msgspec.msgpack.encode(outcome)
    except (UnicodeEncodeError, OverflowError):
        plain = msgspec.to_builtins(outcome, builtin_types=(bytes,))
        return _EXTENDED + msgspec.msgpack.encode(_extended(plain))


def decode(data: bytes | memoryview) -> Outcome:
    """Return the outcome that `data` holds. Raises `OutcomeError`."""
    try:
        if data[:1] == _PLAIN:
            outcome = _decoder().decode(data[1:])
        elif data[:1] == _EXTENDED:
            plain = msgspec.msgpack.decode(data[1:], ext_hook=_restored)
            outcome = msgspec.convert(plain, Outcome)
        else:
            raise OutcomeError("it starts as no outcome does")
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as error:
        raise OutcomeError(f"it is no outcome: {error}") from error
    listed = {artifact.path: artifact for artifact in outcome.artifacts}
    for kept in outcome.kept:  # what settles one settles the other
        kept.artifact = listed.get(kept.artifact.path, kept.artifact)
    return outcome


def _extended(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return msgspec.msgpack.Ext(_TEXT, value.encode("utf-8", "surrogatepass"))
    elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        length = value.bit_length() // 8 + 1
        return msgspec.msgpack.Ext(_INTEGER, value.to_bytes(length, "little", signed=True))
    elif isinstance(value, dict):
        pairs = [(_extended(key), _extended(inner)) for key, inner in value.items()]
        if any(isinstance(key, msgspec.msgpack.Ext) for key, _ in pairs):
            return msgspec.msgpack.Ext(_PAIRS, msgspec.msgpack.encode(pairs))
        return dict(pairs)
    elif isinstance(value, list | tuple):
        return [_extended(inner) for inner in value]
    return value


def _restored(code: int, data: memoryview) -> Any:
    if code == _TEXT:
        return bytes(data).decode("utf-8", "surrogatepass")
    if code == _INTEGER:
        return int.from_bytes(data, "little", signed=True)
    if code == _PAIRS:
        return dict(msgspec.msgpack.decode(data, ext_hook=_restored))
    raise ValueError(f"there is no extension {code}")
