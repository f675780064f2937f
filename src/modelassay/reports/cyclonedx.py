"""CycloneDX 1.6: a bill of materials of the models, their findings as vulnerabilities.

A file is a component with what it says of itself (licence, architecture, base models, data sets);
what stands inside it are components of that component. The serial number is made from the content,
so that the same scan gives the same document.

Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Final

from modelassay.core.findings import Finding
from modelassay.core.report import Artifact, Report
from modelassay.core.text import visible
from modelassay.formats.byhand import MODELS
from modelassay.policy import Waiver
from modelassay.reports import View
from modelassay.reports.about import about, inner, outer
from modelassay.reports.encoding import ordered_json_bytes

_ADVISORIES: Final = {
    "CVE-": ("NVD", "https://nvd.nist.gov/vuln/detail/"),
    "GHSA-": ("GitHub", "https://github.com/advisories/"),
}
#: Licences as models name them, where SPDX has an id for them.
_SPDX: Final = {
    one.lower(): one
    for one in (
        *("Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-SA-4.0"),
        *("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0", "CC-BY-3.0", "CC-BY-SA-3.0"),
        *("CC0-1.0", "GPL-3.0-only", "AGPL-3.0-only", "LGPL-3.0-only", "MPL-2.0", "Unlicense"),
        *("ISC", "Artistic-2.0", "EUPL-1.1", "EUPL-1.2", "WTFPL", "PDDL-1.0", "ODC-By-1.0"),
        *("ECL-2.0", "AFL-3.0", "Zlib", "BSL-1.0", "NCSA", "PostgreSQL", "OFL-1.1", "MS-PL"),
    )
}


def render(report: Report, view: View) -> bytes:
    """Return the report as CycloneDX JSON."""
    members: dict[str, list[Artifact]] = {}
    for artifact in report.artifacts:
        if inner(artifact.path):
            members.setdefault(outer(artifact.path), []).append(artifact)
    files = {one.path: one for one in report.artifacts if not inner(one.path)}
    known = {one.path for one in report.artifacts}
    waived = {one.finding: one.waiver for one in view.decision.waived}
    made: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {
                "components": [
                    {
                        "type": "application",
                        "name": report.tool.name,
                        "version": report.tool.version,
                    }
                ]
            },
            "properties": [
                _property("verdict", report.verdict),
                _property("complete", str(report.complete).lower()),
            ],
        },
        "components": [
            _component(file, members.get(path, [])) for path, file in sorted(files.items())
        ],
        "vulnerabilities": [
            _vulnerability(number, finding, known, waived.get(finding))
            for number, finding in enumerate(report.findings)
        ],
    }
    digest = hashlib.sha256(ordered_json_bytes(made)).digest()
    serial = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"
    head = {key: made.pop(key) for key in ("$schema", "bomFormat", "specVersion")}
    return ordered_json_bytes({**head, "serialNumber": serial, **made})


def _component(artifact: Artifact, members: list[Artifact]) -> dict[str, Any]:
    says = _says([artifact, *members])
    is_model = any(one.format in MODELS for one in (artifact, *members))
    made: dict[str, Any] = {
        "type": "machine-learning-model" if is_model else "file",
        "bom-ref": artifact.path,
        "name": visible(artifact.path),
    }
    if "version" in says:
        made["version"] = says["version"][0]
    if "author" in says:
        made["authors"] = [{"name": name} for name in says["author"]]
    if artifact.sha256:
        made["hashes"] = [{"alg": "SHA-256", "content": artifact.sha256}]
    if "license" in says:
        made["licenses"] = [{"license": _license(name)} for name in says["license"]]
    if "base-model" in says:
        ancestors = [{"type": "machine-learning-model", "name": n} for n in says["base-model"]]
        made["pedigree"] = {"ancestors": ancestors}
    if is_model:
        made["modelCard"] = {"modelParameters": _parameters(says)}
    made["properties"] = _properties(artifact) + [
        _property(f"says:{name}", value) for name in ("name", "producer") for value in says[name]
    ]
    inside = [
        {
            "type": "machine-learning-model" if member.format in MODELS else "file",
            "bom-ref": member.path,
            "name": visible(inner(member.path)),
            **({"hashes": [{"alg": "SHA-256", "content": member.sha256}]} if member.sha256 else {}),
            "properties": _properties(member),
        }
        for member in members
    ]
    if inside:
        made["components"] = inside
    return made


def _says(artifacts: list[Artifact]) -> dict[str, tuple[str, ...]]:
    """Return what a file and all in it say of the model."""
    found: dict[str, dict[str, None]] = {"name": {}, "producer": {}}
    for artifact in artifacts:
        for name, values in artifact.about.items():
            found.setdefault(name, {}).update(dict.fromkeys(visible(one) for one in values))
    return {
        name: tuple(values)
        for name, values in found.items()
        if values or name in ("name", "producer")
    }


def _license(name: str) -> dict[str, str]:
    known = _SPDX.get(name.lower())
    return {"id": known} if known else {"name": name}


def _parameters(says: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "architecture" in says:
        made["modelArchitecture"] = ", ".join(says["architecture"])
    if "dataset" in says:
        made["datasets"] = [{"type": "dataset", "name": name} for name in says["dataset"]]
    return made


def _properties(artifact: Artifact) -> list[dict[str, str]]:
    made = [
        _property("format", artifact.format or "unknown"),
        _property("status", artifact.status),
        _property("size", str(artifact.size)),
    ]
    return made + ([_property("reason", artifact.reason)] if artifact.reason else [])


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"modelassay:{name}", "value": visible(value)}


def _vulnerability(
    number: int, finding: Finding, known: set[str], waiver: Waiver | None
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "bom-ref": f"finding-{number}",
        "id": finding.rule,
        "source": {"name": "modelassay"},
        "references": [_reference(advisory) for advisory in finding.cve],
        "ratings": [
            {
                "source": {"name": "modelassay"},
                "severity": finding.severity.value,
                "method": "other",
            }
        ],
        "cwes": [finding.cwe] if finding.cwe else [],
        "description": visible(f"{about(finding.rule).title}: {finding.message}"),
        "detail": visible("\n".join(piece.fact for piece in finding.evidence)),
        "recommendation": finding.remediation,
        "affects": [{"ref": _affected(finding.artifact, known)}],
        "properties": [
            _property("fingerprint", finding.fingerprint),
            _property("fires-at", finding.fires_at),
            _property("confidence", finding.confidence),
            *(_property("verify", command) for command in finding.verify),
        ],
    }
    if waiver is not None:
        made["analysis"] = {
            "state": "exploitable",
            "response": ["will_not_fix"],
            "detail": visible(f"waived by {waiver.owner}: {waiver.reason}"),
        }
    return {name: value for name, value in made.items() if value != []}


def _affected(path: str, known: set[str]) -> str:
    """Return the nearest artifact that is a component."""
    while path not in known and "!" in path:
        path = path.rpartition("!")[0]
    return path


def _reference(advisory: str) -> dict[str, Any]:
    name, base = next(
        (source for prefix, source in _ADVISORIES.items() if advisory.startswith(prefix)),
        ("OSV", "https://osv.dev/vulnerability/"),
    )
    return {"id": advisory, "source": {"name": name, "url": base + advisory}}
