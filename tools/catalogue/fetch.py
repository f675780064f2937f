"""Fetch wheels by version into a cache outside the repository.

Only wheels: asking for a source distribution would run its build script on this machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PYTHON = "3.11"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of one package, and the interpreter version whose wheel is asked for."""

    package: str
    version: str
    python: str = DEFAULT_PYTHON

    @classmethod
    def parse(cls, package: str, text: str) -> "Release":
        """Read `VERSION` or `VERSION@PYTHON`."""
        version, _, python = text.partition("@")
        return cls(package, version, python or DEFAULT_PYTHON)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to cover (`packages`) and what is only read to resolve names (`sources`)."""

    packages: dict[str, list[Release]]
    sources: dict[str, list[Release]]

    def every(self) -> dict[str, list[Release]]:
        """All releases, covered packages first."""
        return {**self.packages, **self.sources}


def read_plan(path: Path) -> Plan:
    """Read packages.toml."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))

    def releases(table: dict[str, list[str]]) -> dict[str, list[Release]]:
        return {name: [Release.parse(name, v) for v in vs] for name, vs in table.items()}

    return Plan(releases(tables["packages"]), releases(tables["sources"]))


def default_cache() -> Path:
    """The user's cache directory for downloaded wheels."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "modelassay-catalogue"


def cached(cache: Path, release: Release) -> Path | None:
    """The wheel of a release if it was fetched before."""
    return next(iter(sorted((cache / release.package / release.version).glob("*.whl"))), None)


def fetch(cache: Path, release: Release) -> Path | None:
    """Download one wheel; None, with pip's last line on stderr, if there is none to be had."""
    if found := cached(cache, release):
        return found
    folder = cache / release.package / release.version
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        done = subprocess.run(_pip(release, scratch), capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            print(f"{release.package} {release.version}: {reason}", file=sys.stderr)
            return None
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(scratch, folder)
    return cached(cache, release)


def _pip(release: Release, folder: str) -> list[str]:
    requirement = f"{release.package}=={release.version}"
    base = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    return [*base, "--only-binary", ":all:", "--python-version", release.python, requirement]
