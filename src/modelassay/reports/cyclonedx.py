"""CycloneDX 1.6: a bill of materials of the models, their findings as vulnerabilities.

A file is a component with what it says of itself (licence, architecture, base models, data sets);
what stands inside it are components of that component. A repository is one model: its card and its
configurations tell what it is, its files are its components. The serial number is made from the
content, so that the same scan gives the same document.

Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Container
from typing import Any, Final

from modelassay.core.findings import Finding
from modelassay.core.nesting import inner, split
from modelassay.core.report import Artifact, Report
from modelassay.core.text import visible
from modelassay.formats.byhand import is_model
from modelassay.policy import Waiver
from modelassay.reports import View
from modelassay.reports.about import about
from modelassay.reports.encoding import ordered_json_bytes
from modelassay.reports.licences import licences
from modelassay.repositories import REPOSITORIES

_ADVISORIES: Final = {
    "CVE-": ("NVD", "https://nvd.nist.gov/vuln/detail/"),
    "GHSA-": ("GitHub", "https://github.com/advisories/"),
}
_REPOSITORIES: Final = frozenset(entry.id for entry in REPOSITORIES)
#: What a repository says by its card goes before what its configurations say.
_CARD: Final = "model-card"


def render(report: Report, view: View) -> bytes:
    """Return the report as CycloneDX JSON."""
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
        "components": _components(report.artifacts),
        "vulnerabilities": [
            _vulnerability(number, finding, known, waived.get(finding))
            for number, finding in enumerate(report.findings)
        ],
    }
    digest = hashlib.sha256(ordered_json_bytes(made)).digest()
    serial = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"
    head = {key: made.pop(key) for key in ("$schema", "bomFormat", "specVersion")}
    return ordered_json_bytes({**head, "serialNumber": serial, **made})


def _components(artifacts: list[Artifact]) -> list[dict[str, Any]]:
    """Return the files, those of a repository as components of it."""
    members: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        if inner(artifact.path):
            members.setdefault(split(artifact.path)[0], []).append(artifact)
    files = sorted((one for one in artifacts if not inner(one.path)), key=lambda one: one.path)
    roots = {_below(one.path): one for one in files if one.format in _REPOSITORIES}
    inside: dict[str, list[Artifact]] = {root: [] for root in roots}
    alone: list[Artifact] = []
    for file in files:
        root = _root(file.path, roots)
        if root is not None:
            inside[root].append(file)
        elif file.format not in _REPOSITORIES:
            alone.append(file)
    made = [_component(file, members.get(file.path, [])) for file in alone]
    for root, artifact in roots.items():
        if _root(artifact.path, roots) is None:
            made.append(_repository(root, artifact, inside[root], members))
    return sorted(made, key=lambda component: str(component["bom-ref"]))


def _below(folder: str) -> str:
    """Return what the paths of all that stands in `folder` start with."""
    return "" if folder == "." else f"{folder}/"


def _root(path: str, roots: Container[str]) -> str | None:
    """Return the outermost of the repositories that `path` stands in."""
    plain = path.replace("\\", "/")
    ends = [0, *(place + 1 for place, letter in enumerate(plain) if letter == "/")]
    return next((plain[:end] for end in ends if plain[:end] in roots and path != "."), None)


def _repository(
    root: str, artifact: Artifact, files: list[Artifact], members: dict[str, list[Artifact]]
) -> dict[str, Any]:
    """Return a repository as one model, with all that stands in it."""
    here = [one for one in files if "/" not in one.path[len(root) :].replace("\\", "/")]
    telling = sorted(here, key=lambda one: one.format != _CARD)
    says = _says([artifact, *telling])
    made = _model(artifact, says)
    made["name"] = next(iter(says["name"]), visible(root.rstrip("/").rpartition("/")[2]) or ".")
    made["components"] = [
        {
            **_part(one, visible(one.path[len(root) :])),
            **({"components": parts} if (parts := _parts(members.get(one.path, []))) else {}),
        }
        for one in files
    ]
    return made


def _component(artifact: Artifact, members: list[Artifact]) -> dict[str, Any]:
    """Return a file that stands for itself."""
    says = _says([artifact, *members])
    model = any(is_model(one.format) for one in (artifact, *members))
    made = _model(artifact, says) if model else _part(artifact, visible(artifact.path))
    if "license" in says and not model:
        made["licenses"] = licences(says["license"])
    if members:
        made["components"] = _parts(members)
    return made


def _parts(members: list[Artifact]) -> list[dict[str, Any]]:
    return [_part(member, visible(inner(member.path))) for member in members]


def _part(artifact: Artifact, name: str) -> dict[str, Any]:
    """Return a file or a member as a component, without what is said of a model."""
    return {
        "type": "machine-learning-model" if is_model(artifact.format) else "file",
        "bom-ref": artifact.path,
        "name": name,
        **_hashes(artifact),
        "properties": _properties(artifact),
    }


def _model(artifact: Artifact, says: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return a model as a component, with what it `says` of itself."""
    made: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": artifact.path,
        "name": visible(artifact.path),
    }
    if "version" in says:
        made["version"] = says["version"][0]
    if "author" in says:
        made["authors"] = [{"name": name} for name in says["author"]]
    made |= _hashes(artifact)
    if "license" in says:
        made["licenses"] = licences(says["license"])
    if "base-model" in says:
        ancestors = [{"type": "machine-learning-model", "name": n} for n in says["base-model"]]
        made["pedigree"] = {"ancestors": ancestors}
    made["modelCard"] = {"modelParameters": _parameters(says)}
    made["properties"] = _properties(artifact) + [
        _property(f"says:{name}", value)
        for name in ("name", "producer", "library", "language")
        for value in says.get(name, ())
    ]
    return made


def _hashes(artifact: Artifact) -> dict[str, Any]:
    if not artifact.sha256:
        return {}
    return {"hashes": [{"alg": "SHA-256", "content": artifact.sha256}]}


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


def _parameters(says: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "task" in says:
        made["task"] = says["task"][0]
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
    while path not in known and len(parts := split(path)) > 1:
        path = "!".join(parts[:-1])
    return path


def _reference(advisory: str) -> dict[str, Any]:
    name, base = next(
        (source for prefix, source in _ADVISORIES.items() if advisory.startswith(prefix)),
        ("OSV", "https://osv.dev/vulnerability/"),
    )
    return {"id": advisory, "source": {"name": name, "url": base + advisory}}
