r"""The report for programs: JSON, the same bytes for the same scan.

Its shape is `core.report.Report`, whose JSON Schema is published as
docs/reference/report.schema.json. Names that are no valid Unicode, as file systems and pickles may
hold, have their stray surrogates written out as `\udc80`, because strict readers refuse them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from modelassay.core.report import Report
from modelassay.reports import View


def render(report: Report, view: View) -> bytes:
    """Return the report as JSON."""
    try:
        encoded = msgspec.json.encode(report, order="deterministic")
    except UnicodeEncodeError:
        plain = _valid(msgspec.to_builtins(report))
        encoded = msgspec.json.encode(plain, order="deterministic")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    made = msgspec.json.schema(Report)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _valid(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_valid(key): _valid(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_valid(inner) for inner in value]
    return value
