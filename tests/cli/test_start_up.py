"""Starting is most of what a small scan costs: only what it needs is imported."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

#: Modules beyond those of Python itself, click and msgspec. More of them make every scan slower:
#: import what a rare path needs inside the function that takes it.
ALLOWED = {
    "gc",
    *("_hashlib", "_blake2", "hashlib", "base64", "binascii", "_struct", "struct", "array"),
    *("math", "bisect", "_bisect", "fnmatch", "locale", "_locale", "zlib"),
}
#: The rooms and modules of modelassay, without which a pickle cannot be scanned.
ROOMS = {
    *(
        "api",
        "cli",
        "core",
        "engines",
        "io",
        "joining",
        "judging",
        "keeping",
        "kernel",
        "policy",
        "reading",
        "repositories",
    ),
    *("sources", "streaming", "version", "__main__"),
    *("formats.base", "formats.byhand", "formats.names", "formats.pickle", "formats.probes"),
    *("formats.pycode", "formats.text"),
    *("reports.json", "reports.encoding", "reports.about", "rules.base"),
    *("searching.packed", "searching.secrets", "searching.credentials", "searching.heads"),
    "searching.nesting",
    *("searching.carried", "searching.encoded", "searching.identity", "searching.places"),
    *("searching.search", "searching.taken", "searching.weights", "searching.lowbits"),
    "searching.said",
}
_RUN = """
import json, sys
{first}
before = set(sys.modules)
{then}
print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""
_SCAN = "from modelassay.cli.main import run\nrun(['scan', {path!r}, '--format', 'json'])"


def _imported(first: str, then: str) -> list[str]:
    code = _RUN.format(first=first, then=then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return names


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    path = tmp_path / "tiny.pkl"
    path.write_bytes(pickle.dumps({"a": 1}))
    return str(path)


def test_a_scan_imports_few_modules_of_others(tiny: str) -> None:
    names = _imported("import click, msgspec, json", _SCAN.format(path=tiny))
    # What Cython compiled registers its own runtime, which is no file that would be read.
    own = ("modelassay", "_cython_", "cython_runtime")
    others = {name for name in names if not name.startswith(own)}
    assert others <= ALLOWED, sorted(others - ALLOWED)


def test_a_scan_imports_only_the_rooms_it_needs(tiny: str) -> None:
    names = _imported("", _SCAN.format(path=tiny))
    parts = [name.split(".")[1:] for name in names if name.startswith("modelassay.")]
    packages = ("formats", "reports", "rules", "searching")
    rooms = {".".join(part[: 1 + (part[0] in packages)]) for part in parts} - set(packages)
    assert "formats.pickle" in rooms
    assert rooms <= ROOMS, sorted(rooms - ROOMS)
