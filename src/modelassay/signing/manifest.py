"""A manifest: the hash of every file of a model and the verdict it had, to be held against later.

It is an in-toto statement in the form of OpenSSF model signing, so that its tools read it too; what
modelassay found stands in a field of the predicate that other tools pass over.

Source: https://github.com/ossf/model-signing-spec, https://in-toto.io/Statement/v1
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from modelassay.core.errors import Error
from modelassay.core.nesting import escape, inner, outer
from modelassay.core.report import Report, Tool
from modelassay.kernel import Item

PREDICATE: Final = "https://model_signing/signature/v1.0"
_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_CHUNK: Final = 1 << 20


class ManifestError(Error):
    """A manifest that cannot be made, read or trusted."""

    advice = "Make it anew with `modelassay manifest create`."


class Resource(msgspec.Struct, frozen=True):
    """A file: its path below the model, and its digest in hexadecimal."""

    name: str
    algorithm: str
    digest: str


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """An artifact inside a file, as the scan saw it; `sha256` where all of it was read."""

    path: str
    format: str | None = None
    sha256: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What the scan said: `passed` is the gate's word, with the policy and waivers of that day."""

    tool: Tool
    verdict: str
    complete: bool
    passed: bool
    findings: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()


class Predicate(msgspec.Struct, frozen=True):
    """How the hashes were made, the hashes, and the verdict; other tools may leave that out."""

    serialization: dict[str, Any]
    resources: tuple[Resource, ...]
    modelassay: Verdict | None = None


class Statement(
    msgspec.Struct, frozen=True, rename={"type": "_type", "predicate_type": "predicateType"}
):
    """An in-toto statement about one model."""

    subject: tuple[dict[str, Any], ...]
    predicate: Predicate
    type: str = _STATEMENT
    predicate_type: str = PREDICATE


class Changes(msgspec.Struct, frozen=True):
    """What differs from a manifest, as names below the model."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Whether everything is as it was."""
        return not (self.changed or self.missing or self.added)


def make(target: str, report: Report, passed: bool, files: Iterable[Item]) -> Statement:
    """Return the manifest of `target`, whose `report` was made with all bytes hashed.

    Raises `ManifestError` where a file has no hash, because it could not be read.
    """
    hashes = {one.path: one.sha256 for one in report.artifacts}
    resources = []
    for item in files:
        digest = hashes.get(item.artifact)
        if digest is None:
            raise ManifestError(f"{item.path!r} could not be read whole and has no hash")
        resources.append(Resource(name_of(item.path, target), "sha256", digest))
    resources.sort(key=lambda one: one.name)
    members = tuple(
        Member(_below(one.path, target), one.format, one.sha256)
        for one in report.artifacts
        if inner(one.path) and one.sha256
    )
    findings = tuple(
        sorted({f"{one.severity} {one.rule} {one.fingerprint}" for one in report.findings})
    )
    verdict = Verdict(report.tool, report.verdict, report.complete, passed, findings, members)
    model = os.path.basename(os.path.abspath(target))
    subject = {"name": model, "digest": {"sha256": _root(resources)}}
    predicate = Predicate(_SERIALIZATION, tuple(resources), verdict)
    return Statement((subject,), predicate)


_SERIALIZATION: Final = {
    "method": "files",
    "hash_type": "sha256",
    "allow_symlinks": True,
    "ignore_paths": [],
}


def encode(statement: Statement) -> bytes:
    """Return a manifest as JSON, the same bytes for the same state."""
    plain = msgspec.to_builtins(statement)
    return msgspec.json.format(msgspec.json.encode(plain, order="sorted"), indent=2) + b"\n"


def decode(data: bytes) -> Statement:
    """Read a manifest. Raises `ManifestError` where it is none, or is not consistent."""
    try:
        statement = msgspec.json.decode(data, type=Statement)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"this is no manifest: {error}") from error
    if statement.predicate_type != PREDICATE or len(statement.subject) != 1:
        raise ManifestError("this is no manifest of a model")
    resources = statement.predicate.resources
    if any(one.algorithm != "sha256" for one in resources):
        raise ManifestError("its hashes are not SHA-256")
    try:
        agreed = statement.subject[0].get("digest", {}).get("sha256") == _root(resources)
    except (ValueError, AttributeError) as error:
        raise ManifestError("its hashes cannot be read") from error
    if not agreed:
        raise ManifestError("its hashes do not agree with the hash of them all")
    return statement


def compare(statement: Statement, target: str, files: Iterable[Item]) -> Changes:
    """Hash the files as they are now and return what differs. Raises `Error`."""
    known = {one.name: one.digest for one in statement.predicate.resources}
    changed, added = [], []
    for item in files:
        name = name_of(item.path, target)
        digest = known.pop(name, None)
        if digest is None:
            added.append(name)
        elif digest != sha256(item):
            changed.append(name)
    return Changes(tuple(sorted(changed)), tuple(sorted(known)), tuple(sorted(added)))


def sha256(item: Item) -> str:
    """Return the hash of all bytes of `item`. Raises `Error`."""
    digest = hashlib.sha256()
    blob = item.open()
    for offset in range(0, blob.size, _CHUNK):
        digest.update(blob.read_at(offset, _CHUNK))
    return digest.hexdigest()


def name_of(path: str, target: str) -> str:
    """Return a file's name below the model, with `/` between folders; a lone file is `.`."""
    return os.path.relpath(path, target).replace(os.sep, "/")


def _below(path: str, target: str) -> str:
    return f"{escape(name_of(outer(path), target))}!{inner(path)}"


def _root(resources: Iterable[Resource]) -> str:
    digest = hashlib.sha256()
    for one in resources:
        digest.update(bytes.fromhex(one.digest))
    return digest.hexdigest()
