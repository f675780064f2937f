"""The bill of materials of the wheel: what is installed with it, by the lock of `requirements/`.

Sources: CycloneDX 1.6; PEP 770, which gives it a place in the wheel; the package URL specification.
It holds nothing of when and where it was made, so that the same lock gives the same bytes.
"""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

from modelassay.version import __version__

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "run.txt"
_NAME = "modelassay"
_PINNED = re.compile(
    r"^([\w.-]+)==([^\s;]+)[^\n]*\\\n(?:    --hash=\S+(?: \\)?\n)+((?:    #.*\n)*)", re.M
)
_VIA = re.compile(r"#\s+(?:via\s+)?([A-Za-z0-9][\w.-]*)")


def bill() -> str:
    """Return the document, as JSON."""
    lock = LOCK.read_text("utf-8")
    versions = {_NAME: __version__} | {found[1]: found[2] for found in _PINNED.finditer(lock)}
    urls = {name: f"pkg:pypi/{name}@{version}" for name, version in versions.items()}
    needs: dict[str, list[str]] = {name: [] for name in versions}
    for found in _PINNED.finditer(lock):
        for user in _VIA.findall(found[3]):
            needs[user].append(urls[found[1]])
    components = [_component("library", name, versions[name], urls[name]) for name in versions]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, urls[_NAME] + lock)}",
        "version": 1,
        "metadata": {
            "component": _component("application", _NAME, __version__, urls[_NAME])
            | {"licenses": [{"license": {"id": "Apache-2.0"}}]}
        },
        "components": components[1:],
        "dependencies": [
            {"ref": urls[name], "dependsOn": sorted(used)} for name, used in needs.items()
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _component(type: str, name: str, version: str, url: str) -> dict[str, Any]:
    return {"type": type, "bom-ref": url, "name": name, "version": version, "purl": url}
