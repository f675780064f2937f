"""What is covered, and the archives of its Python members in a cache outside the repository."""

import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tarfile import TarError
from urllib.error import URLError

from .registry import keep_sdist_members, keep_stdlib, keep_wheel_members

DEFAULT_PYTHON = "3.11"
SDIST = "sdist"
STDLIB = "cpython"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of one package, and the interpreter version whose wheel is asked for."""

    package: str
    version: str
    python: str = DEFAULT_PYTHON

    @classmethod
    def parse(cls, package: str, text: str) -> "Release":
        """Read `VERSION`, `VERSION@PYTHON` or `VERSION@sdist`."""
        version, _, python = text.partition("@")
        return cls(package, version, python or DEFAULT_PYTHON)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to cover (`packages`), and of what only the dangers are to be known (`known`).

    `sources` are only read, so that bases and calls of those resolve. `stdlib` names distributions
    of standard libraries whose interpreter need not be installed.
    """

    packages: dict[str, list[Release]]
    known: dict[str, list[Release]]
    sources: dict[str, list[Release]]
    stdlib: dict[str, str]

    def every(self) -> dict[str, list[Release]]:
        """All releases, covered packages first."""
        return {**self.packages, **self.known, **self.sources}

    def built(self) -> dict[str, list[Release]]:
        """Releases of which a file is made."""
        return {**self.packages, **self.known}


def read_plan(path: Path) -> Plan:
    """Read packages.toml."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))

    def releases(table: dict[str, list[str]]) -> dict[str, list[Release]]:
        return {name: [Release.parse(name, v) for v in vs] for name, vs in table.items()}

    packages, known, sources = (
        releases(tables.get(kind, {})) for kind in ("packages", "known", "sources")
    )
    return Plan(packages, known, sources, tables.get("stdlib", {}))


def default_cache() -> Path:
    """The user's cache directory for what was fetched."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "modelassay-catalogue"


def cached(cache: Path, release: Release) -> Path | None:
    """The archive of a release if it was fetched before."""
    folder = cache / release.package / release.version
    return next(iter(sorted([*folder.glob("*.whl"), *folder.glob("*.zip")])), None)


def fetch(cache: Path, release: Release) -> Path | None:
    """Keep the Python members of a release; None, with the reason on stderr, if there are none."""
    if found := cached(cache, release):
        return found
    package, version = release.package, release.version
    folder = cache / package / version
    try:
        if release.python == SDIST:
            kept = keep_sdist_members(package, version, folder)
        else:
            kept = keep_wheel_members(package, version, release.python, folder)
    except (URLError, OSError, EOFError, TarError) as error:
        print(f"{package} {version}: {error}", file=sys.stderr)
        return None
    if kept is None:
        print(f"{package} {version}: no archive of this kind", file=sys.stderr)
    return kept


def fetch_stdlib(cache: Path, version: str, source: str) -> Path | None:
    """Keep the standard library of a version, as a distribution of it packs it."""
    path = stdlib_archive(cache, version)
    return path if path.exists() else keep_stdlib(source, path)


def stdlib_archive(cache: Path, version: str) -> Path:
    """Where the standard library of a version is kept."""
    return cache / STDLIB / version / "python_stdlib.zip"
