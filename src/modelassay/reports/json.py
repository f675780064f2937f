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
from modelassay.reports.encoding import json_bytes


def render(report: Report, view: View) -> bytes:
    """Return the report as JSON."""
    return json_bytes(report)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    made = msgspec.json.schema(Report)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
