"""Reports that were saved as JSON, read back."""

from __future__ import annotations

import msgspec

from modelassay.core.errors import Error
from modelassay.core.report import Report


class SavedReportError(Error):
    """What is to be shown is no report."""

    advice = "It takes what `modelassay scan --format json` wrote."


def read(path: str) -> Report:
    """Read a report from a file. Raises `SavedReportError`."""
    try:
        with open(path, "rb") as file:
            return msgspec.json.decode(file.read(), type=Report)
    except OSError as error:
        raise SavedReportError(f"cannot read {path!r}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise SavedReportError(f"{path!r} is no report: {error}") from error


def is_report(path: str) -> bool:
    """Whether a file starts as a report does: a configuration beside a model is JSON as well."""
    try:
        with open(path, "rb") as file:
            return file.read(64).lstrip().startswith(b'{\n  "schema": 1,')
    except OSError:
        return False
