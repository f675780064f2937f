"""What a scan found hidden, written to files: `from modelassay.extraction import extract`.

The bytes are written as they are, since their hash is the evidence; what defangs them is that no
file is executable, none has a name or a suffix that any system would open or run, and none takes
the place of another.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import msgspec

from modelassay.api import scan
from modelassay.core.errors import Error
from modelassay.core.facts import Payload
from modelassay.core.report import Report
from modelassay.io.blob import Blob
from modelassay.kernel import Options

_CHUNK: Final = 1 << 20
_MODE: Final = 0o400
_SUFFIX: Final = ".quarantined"


class ExtractionError(Error):
    """A payload cannot be written."""

    advice = "Choose a folder that exists and that you may write to."


class Extracted(msgspec.Struct, frozen=True):
    """A payload that was written: the artifact it stood in, what it is, and the file it is in."""

    artifact: str
    payload: Payload
    path: str


def extract(
    target: str | os.PathLike[str],
    output: str | os.PathLike[str],
    finding: str | None = None,
    options: Options | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[list[Extracted], Report]:
    """Write what is hidden in `target` to files in the folder `output`.

    `finding` is the fingerprint of one finding, or the start of one; without it all payloads are
    written. Raises `ExtractionError` if one cannot be.
    """
    options = options or Options(deep=True)
    wanted = None
    if finding is not None:
        report = scan(target, options=options, progress=progress)
        wanted = _digests(report, finding)
    written: dict[str, Extracted] = {}
    failures: list[ExtractionError] = []

    def keep(artifact: str, payload: Payload, blob: Blob) -> None:
        if payload.sha256 not in written and (wanted is None or payload.sha256 in wanted):
            try:
                path = _write(os.fspath(output), payload, blob)
            except ExtractionError as error:  # the scan goes on, whatever happens to what it shows
                failures.append(error)
                return
            written[payload.sha256] = Extracted(artifact, payload, path)

    report = scan(target, options=options, progress=progress, collect=keep)
    if failures:
        raise failures[0]
    return list(written.values()), report


def _digests(report: Report, finding: str) -> set[str]:
    """Return the hashes that the evidence of a finding tells."""
    texts = (
        item.fact
        for one in report.findings
        if one.fingerprint.startswith(finding)
        for item in one.evidence
    )
    return {text.rpartition('sha256 "')[2][:64] for text in texts if 'sha256 "' in text}


def _write(folder: str, payload: Payload, blob: Blob) -> str:
    kind = "".join(c if c.isalnum() else "-" for c in payload.type)
    path = os.path.join(folder, f"{payload.sha256[:16]}-{kind}{_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        os.makedirs(folder, exist_ok=True)
        with os.fdopen(os.open(path, flags, _MODE), "wb") as file:
            for offset in range(0, payload.size, _CHUNK):
                file.write(blob.read_at(offset, min(_CHUNK, payload.size - offset)))
    except OSError as error:
        raise ExtractionError(f"cannot write {path!r}: {error.strerror}") from error
    return path
