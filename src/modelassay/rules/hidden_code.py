"""Source that runs what it hides or fetches.

What
----
A Python module or a notebook gives to `exec`, `marshal.loads` or their kin what it has just
decoded, decompressed, put together of characters, or fetched from elsewhere; or it connects a shell
to a socket.

Why
---
Source that can be read needs no decoding. What is run is not what is seen, and what is fetched can
be another thing tomorrow.

Remediation
-----------
Do not import the module. Decode what it hides without running it, if you want to know.

References
----------
- https://attack.mitre.org/techniques/T1027/
- https://attack.mitre.org/techniques/T1059/006/
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="hidden-code",
    title="Source that runs what it hides or fetches",
    severity=Severity.CRITICAL,
    remediation="Do not import the module; decode what it hides without running it.",
    fires=(
        'reference runs-at-import "exec: zlib.decompress()"',
        'reference runs-when-called "exec: requests.post().text"',
        'reference runs-at-import "marshal.loads: base64.b64decode()"',
        'code python-later "x.py" socket.socket() os.dup2() subprocess.call()',
        'code python-words "x.py" exec() base64.b64decode()',
        'code python-import "x.py" exec() chr() str.join()',
        'reference runs-at-import "exec: open().read()"',
        "reference runs-at-import \"torch.ops.load_library: './x.so'\"",
    ),
    silent=(
        'reference runs-at-import "exec: compile()"',
        'reference runs-when-called "exec: open().read()"',
        "reference runs-at-import \"ctypes.CDLL: 'libc.so.6'\"",
        'reference runs-when-called "pickle.loads: f.read()"',
        'code python-later "x.py" socket.socket() subprocess.call()',
        'code python-later "x.py" exec() base64.b64decode()',
    ),
    cwe=506,
    atlas="AML.T0011.000",
)

_DECODING: Final = re.compile(
    r"(?:b(?:16|32|64|85)decode|a85decode|decodebytes|decodestring|a2b_\w+|unhexlify|fromhex"
    r"|standard_b64decode|urlsafe_b64decode|(?:zlib|gzip|bz2|lzma|zstandard)\.decompress"
    r"|decompress|marshal\.loads|codecs\.(?:decode|getdecoder)|decrypt|Fernet|rot13)\b"
)
_FETCHING: Final = re.compile(
    r"(?:urlopen|urlretrieve|(?:requests|httpx)(?:\.(?:get|post|request)\b|\[)|urllib2?\.|recv(?:from)?\(\)"
    r"|aiohttp\.|wget\.download|http\.client)"
)
#: Readers of data, which honest programs decode before they read it.
_DATA: Final = frozenset(
    ("pickle.loads", "_pickle.loads", "dill.loads", "cloudpickle.loads", "types.FunctionType")
)
_SOCKETS: Final = re.compile(r"\bsocket\.(?:socket|create_connection)\b")
_SHELLS: Final = re.compile(r"\A(?:subprocess\.\w+|os\.(?:system|popen|exec\w+)|pty\.spawn)\Z")
_WORDS: Final = frozenset(("exec", "eval"))
_RUNNERS: Final = frozenset(("exec", "eval", "compile", "execfile", "exec_", "runpy.run_path"))
_FILE: Final = re.compile(r"(?:\bopen\(\)|\bread_text\(\)|\bread_bytes\(\)|\A['\"])")
#: What makes a module a build script, whose version stands in a file of its own.
_BUILDING: Final = frozenset(("setuptools.setup", "distutils.core.setup", "skbuild.setup"))
#: What loads a library; a C library of the system is named without a folder.
_LIBRARIES: Final = re.compile(r"(ctypes\.)?\S*(?:CDLL|LoadLibrary|load_library|load_op_library)\Z")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for everything that is run so, and each shell at a socket."""
    names = {one.name for code in subject.of(Code) for one in code.references if one.called}
    for fact in subject.of(Reference):
        if fact.role in ("runs-at-import", "runs-when-called"):
            yield from _run(fact, build=bool(names & _BUILDING))
    for code in subject.of(Code):
        if code.language.startswith("python-"):
            yield from _shell(code)
            yield from _assembled(code)
        if code.language == "python-words":
            yield from _words(code)


def _run(fact: Reference, build: bool) -> Iterator[Match]:
    function, _, given = fact.target.partition(": ")
    fetched, decoded = _FETCHING.search(given), _DECODING.search(given)
    now = fact.role == "runs-at-import"
    if fetched:
        severity = Severity.CRITICAL if now else Severity.HIGH
        yield Match(f"{function} is given what {given[:200]} fetches", (fact,), severity)
    elif decoded and function not in _DATA:
        severity = Severity.CRITICAL if now else Severity.HIGH
        yield Match(f"{function} is given what {given[:200]} decodes", (fact,), severity)

    elif now and function in _RUNNERS and _FILE.search(given):
        severity = Severity.LOW if build else Severity.MEDIUM
        yield Match(f"{function} runs the text of a file: {given[:200]}", (fact,), severity)
    elif now and _loads_library(function, given):
        message = f"importing the module loads the library {given[:200]}"
        yield Match(message, (fact,), Severity.MEDIUM)


def _loads_library(function: str, given: str) -> bool:
    """Whether a library is loaded by a name that is told, other than one of the system."""
    library = _LIBRARIES.match(function)
    return bool(library and given[:1] in "'\"" and ("/" in given or not library[1]))


def _assembled(code: Code) -> Iterator[Match]:
    """Yield a match where a scope runs a text, and makes one of numbers."""
    scopes: dict[str, set[str]] = {}
    for reference in code.references:
        scopes.setdefault(reference.path, set()).add(reference.name)
    for path, names in scopes.items():
        if names & _WORDS and "chr" in names and "str.join" in names:
            severity = Severity.HIGH if code.language == "python-import" else Severity.MEDIUM
            where = path or "the module"
            yield Match(f"{where} runs a text and makes one of numbers", (code,), severity)


def _shell(code: Code) -> Iterator[Match]:
    """Yield a match where one scope has a socket, takes over the descriptors and runs a program."""
    scopes: dict[str, set[str]] = {}
    for reference in code.references:
        if reference.called:
            scopes.setdefault(reference.path, set()).add(reference.name.replace("()", ""))
    for path, names in scopes.items():
        connected = any(_SOCKETS.search(name) for name in names)
        taken = "os.dup2" in names or "pty.spawn" in names
        if connected and taken and any(_SHELLS.match(name) for name in names):
            where = path or "the module"
            yield Match(f"{where} connects a program to a socket", (code,))


def _words(code: Code) -> Iterator[Match]:
    """Judge source that does not parse, by what it names."""
    names = {reference.name for reference in code.references if reference.called}
    if names & _WORDS and any(_DECODING.search(name) for name in names):
        message = f"{code.name!r} cannot be parsed; it names exec and what decodes"
        yield Match(message, (code,), Severity.MEDIUM, confidence="low")
