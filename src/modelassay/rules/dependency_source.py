"""A dependency that is fetched from elsewhere than the index.

What
----
Requirements, an environment or a project beside the model name packages by URL or repository, or
another index to look in.

Why
---
Installing a package runs its code. The index that people use keeps what it once had; another place
can give something else to everybody, or to one. With a second index, a package of the same name
there can take the place of the one that is meant.

Remediation
-----------
Install only what you know, from the index, with versions and hashes pinned.

References
----------
- https://pip.pypa.io/en/stable/topics/secure-installs/
- https://cwe.mitre.org/data/definitions/829.html
- https://cwe.mitre.org/data/definitions/427.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="dependency-source",
    title="A dependency that is fetched from elsewhere than the index",
    severity=Severity.HIGH,
    remediation="Install only what you know, from the index, with versions and hashes pinned.",
    fires=(
        'reference requirement-url "http://192.0.2.1/a-1.0.tar.gz"',
        'reference requirement-url "https://packages.example/a-1.0-py3-none-any.whl"',
        'reference requirement-url "git+https://github.com/someone/thing"',
        'reference package-index "--extra-index-url https://packages.example/simple"',
        'reference package-index "--trusted-host packages.example"',
        'reference requirement-path "../../elsewhere"',
    ),
    silent=(
        'reference package-index "--index-url https://pypi.org/simple"',
        'reference package-index "--extra-index-url https://download.pytorch.org/whl/cu124"',
        'reference requirement-file "base.txt"',
        'reference requirement-path "./wheels/a-1.0-py3-none-any.whl"',
    ),
    fires_at="convert",
    cwe=829,
    atlas="AML.T0010.001",
)

#: Indexes of projects that bring out their own packages.
_INDEXES: Final = frozenset(
    (
        *("pypi.org", "pypi.python.org", "files.pythonhosted.org", "download.pytorch.org"),
        *("pypi.nvidia.com", "pypi.ngc.nvidia.com", "data.pyg.org", "pytorch-geometric.com"),
        *("data.dgl.ai", "conda.anaconda.org", "repo.anaconda.com", "download.openmmlab.com"),
    )
)
_FORGES: Final = frozenset(
    ("github.com", "gitlab.com", "huggingface.co", "bitbucket.org", "codeberg.org")
)
_STORES: Final = frozenset(("storage.googleapis.com", "raw.githubusercontent.com"))
_SCHEME: Final = re.compile(r"(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_NUMBERS: Final = re.compile(r"[\d.]+\Z|\[?[0-9a-f:]*:[0-9a-f:]*\]?\Z", re.IGNORECASE)
_PATHS: Final = ("requirement-path", "requirement-file")
_SECURE: Final = ("https", "ssh", "")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each place that is not the index."""
    for fact in subject.of(Reference):
        if fact.role == "requirement-url":
            yield from _package(fact)
        elif fact.role == "package-index":
            yield from _index(fact)
        elif fact.role in _PATHS and (leads := destination(fact.target)) != "inside":
            message = f"what is installed is {fact.target[:200]!r}, {CLAUSES[leads]}"
            listed = fact.role == "requirement-file" and leads in ("climbing", "url")
            yield Match(message, (fact,), Severity.LOW if listed else Severity.MEDIUM)


def _place(url: str) -> tuple[str, str]:
    """Return scheme and host of a URL."""
    plain = _SCHEME.sub("", url.strip("'\""))
    if plain.startswith("git@"):
        return "ssh", plain[4:].partition(":")[0].lower()
    try:
        parts = urlsplit(plain)
        return parts.scheme.lower(), (parts.hostname or "").lower()
    except ValueError:
        return "", ""


def _insecure(scheme: str, host: str) -> bool:
    local = host in ("localhost", "127.0.0.1", "::1")
    return not local and (scheme not in _SECURE or bool(_NUMBERS.match(host)))


def _package(fact: Reference) -> Iterator[Match]:
    scheme, host = _place(fact.target)
    shown = fact.target[:200]
    if scheme == "file":
        message, severity = f"a package of the machine is installed: {shown!r}", Severity.MEDIUM
    elif host in _FORGES or host in _INDEXES or host in _STORES:
        message, severity = f"a package is fetched from {host}: {shown!r}", Severity.LOW
    elif _insecure(scheme, host):
        message = f"a package is fetched from a place nobody vouches for: {shown!r}"
        severity = Severity.HIGH
    else:
        message, severity = f"a package is fetched from {host!r}: {shown!r}", Severity.MEDIUM
    yield Match(message, (fact,), severity)


def _index(fact: Reference) -> Iterator[Match]:
    option, _, target = fact.target.partition(" ")
    scheme, host = _place(target if "//" in target else f"https://{target}")
    if option == "--trusted-host":
        if host not in _INDEXES:
            message = f"the certificate of {target[:200]!r} is not checked"
            yield Match(message, (fact,), Severity.MEDIUM)
    elif "//" not in target:
        if destination(target) != "inside":
            message = f"packages are looked for in {target[:200]!r}"
            yield Match(message, (fact,), Severity.LOW)
    elif _insecure(scheme, host):
        message = f"packages are looked for at a place nobody vouches for: {target[:200]!r}"
        yield Match(message, (fact,), Severity.HIGH)
    elif host not in _INDEXES:
        known = host in _FORGES or host in _STORES or host.endswith(".github.io")
        severity = Severity.LOW if known else Severity.MEDIUM
        yield Match(f"packages are looked for at {target[:200]!r}, too", (fact,), severity)
