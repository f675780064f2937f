"""Source that acts when it is imported.

What
----
A Python module beside the model runs a program, opens a connection, unpickles, or opens a file of
the system or of the user's home, as soon as it is imported: outside of its functions, or in one
that is called there.

Why
---
Loaders import such modules for the classes that a configuration names (`auto_map`, handlers,
Triton's `model.py`), and importing is enough. Honest modules define classes and functions; what
they need of the outside they do when somebody calls them.

Remediation
-----------
Read the module before anything imports it, and load the model without its code
(`trust_remote_code=False`).

References
----------
- https://docs.python.org/3/reference/executionmodel.html
- https://huggingface.co/docs/transformers/custom_models
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, CodeReference, Reference
from modelassay.core.findings import Severity
from modelassay.core.values import Name
from modelassay.rules import catalogue
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import destination

RULE = Rule(
    id="import-effect",
    title="Source that acts when it is imported",
    severity=Severity.HIGH,
    remediation="Read the module before anything imports it; load the model without its code.",
    fires=(
        'code python-import "modeling_x.py" os.system()',
        'code python-import "modeling_x.py" socket.socket() requests.get()',
        'reference named-at-import "open: /etc/passwd"',
        'code python-import "modeling_x.py" torch.load()',
        'code python-import "modeling_x.py" object.__subclasses__()',
    ),
    silent=(
        'code python-import "modeling_x.py" torch.nn.Module os.environ.get() logging.getLogger()',
        'code python-later "modeling_x.py" subprocess.run() open()',
        'reference named-at-import "os.environ.get: HOME"',
    ),
    cwe=506,
    atlas="AML.T0011.000",
)

#: Effects that a module has no need of while it is imported.
_SEVERITIES: Final = {"command": Severity.HIGH, "network": Severity.MEDIUM}
#: Libraries whose calls are judged as those of the standard library are.
_CLIENTS: Final = frozenset(
    (
        "requests",
        "httpx",
        "urllib3",
        "aiohttp",
        "wget",
        "paramiko",
        "pexpect",
        "pycurl",
        "telnetlib3",
    )
)
#: Installers that are called as functions.
_INSTALLERS: Final = frozenset(("pip.main", "pip._internal.main", "pip._internal.cli.main.main"))
#: What asks about the host or takes a text apart, and reaches nothing.
_INERT: Final = (
    *("platform.", "urllib.parse.", "urllib.request.url2", "ctypes.util.", "webbrowser.register"),
    *("getpass.getuser", "uuid.", "subprocess.list2cmdline", "subprocess.STARTUPINFO"),
    *("os.get_exec_path", "shutil.which", "urllib3.disable", "distutils.spawn.find"),
    *("distutils.util.", "distutils.extension.", "distutils.version.", "distutils.sysconfig."),
    *("distutils.core.", "distutils.command.", "distutils.log", "distutils.ccompiler."),
    *("distutils.msvccompiler.get_", "distutils.msvc9compiler.get_"),
)
#: Calls of networks that send something; to make a socket or a session is none.
_SENDING: Final = re.compile(
    r"(?:\A|\.)(?:connect(?:_ex)?|create_connection|send(?:all|to|_message)?|urlopen|urlretrieve"
    r"|get|post|put|head|patch|delete|options|request|stream|download|exec_command|login|sendmail"
    r"|storbinary|retrbinary|open_connection|create_server|serve_forever|listen|gethostbyname\w*"
    r"|getaddrinfo)\Z"
)
#: Files that tell secrets or start programs.
_PLACES: Final = re.compile(
    r"(?:/etc/(?:passwd|shadow|sudoers|crontab|cron\.\w+|profile|ld\.so\.preload|systemd)"
    r"|\.ssh(?:/|\\|\Z)|authorized_keys|id_(?:rsa|ed25519|ecdsa)\b|\.aws/credentials|\.netrc\b"
    r"|\.kube/config|\.docker/config\.json|\.git-credentials|\.bashrc|\.zshrc|\.bash_profile"
    r"|\.profile\b|\.config/autostart|LaunchAgents|\.npmrc|\.pypirc|wallet\.dat|/proc/self/(?:environ|mem)"
    r"|\\Start Menu\\Programs\\Startup|CurrentVersion\\Run)"
)
_OPENING: Final = re.compile(
    r"(?:\A|\.)(?:open|Path|read_text|write_text|read_bytes|expanduser|join|copy\w*|rmtree|unlink"
    r"|remove|listdir|scandir|walk|glob|system|popen|chmod|PosixPath)\Z"
)


_REACHED: Final = frozenset(("os", "subprocess", "pty", "posix"))
#: What deletes.
_DELETING: Final = re.compile(r"(?:\A|\.)(?:rmtree|unlink|remove|rmdir|removedirs)\Z")


#: All classes there are, and functions of C that start programs or make memory executable.
_THROUGH: Final = re.compile(
    r"(?:__base__|__bases__\S*|__mro__\S*|\Aobject)\.__subclasses__\Z"
    r"|\A(?:ctypes\.)?(?:CDLL|PyDLL|WinDLL|cdll|windll)\b\S*\.(?:system|popen|exec[lv]\w*"
    r"|posix_spawnp?|WinExec|CreateProcess[AW]|ShellExecute\w*|mprotect|VirtualAlloc(?:Ex)?)\Z"
)
#: What unpickles; an argument `True` keeps some of them from it.
_UNPICKLING: Final = frozenset(
    (
        *("pickle.load", "_pickle.load", "cPickle.load", "dill.load", "cloudpickle.load"),
        *("torch.load", "joblib.load", "pandas.read_pickle"),
    )
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for the worst that a module does on import, and each file it names."""
    for fact in subject.of(Code):
        if fact.language == "python-import":
            yield from _module(fact)
    for reference in subject.of(Reference):
        if reference.role == "named-at-import":
            call, _, text = reference.target.partition(": ")
            if _OPENING.search(call.replace("()", "")) and _PLACES.search(text):
                message = f"importing the module names {text[:200]!r} in a call of {call}"
                yield Match(message, (reference,))
            elif _DELETING.search(call) and destination(text) in ("absolute", "share"):
                message = f"importing the module deletes {text[:200]!r}"
                yield Match(message, (reference,), Severity.MEDIUM)


def _module(fact: Code) -> Iterator[Match]:
    by_severity: dict[Severity, list[CodeReference]] = {}
    stars = [one.name[:-1] for one in fact.references if one.name.endswith(".*")]
    for reference in fact.references:
        severity = _judge(reference, stars)
        if severity is not None:
            by_severity.setdefault(severity, []).append(reference)
    for severity, found in by_severity.items():
        calls = ", ".join(dict.fromkeys(_show(one) for one in found[:5]))
        verb = "calls" if any(one.called for one in found) else "names"
        yield Match(f"importing {fact.name!r} {verb} {calls}", (fact,), severity)


def _judge(reference: CodeReference, stars: list[str]) -> Severity | None:
    path = reference.name.partition("(")[0].removesuffix(".__call__")
    if not reference.called:
        # Constants, errors and classes of such modules are named for other ends.
        return Severity.MEDIUM if _is_command(path) and "(" not in reference.name else None
    if any(_is_command(argument) for argument in reference.args):
        return Severity.HIGH
    paths = [path] if "." in path else [f"{star}{path}" for star in stars]
    severities = [found for one in paths if (found := _of_call(one, reference))]
    return max(severities, key=lambda found: found.rank, default=None)


def _of_call(path: str, reference: CodeReference) -> Severity | None:
    if path.startswith(_INERT):
        return None
    if _THROUGH.search(reference.name):
        return Severity.HIGH
    if path in _UNPICKLING and reference.name == path:
        return None if "True" in reference.args else Severity.MEDIUM
    effect = effect_of(path)
    if effect == "network" and not _SENDING.search(reference.name.replace("()", "")):
        return None
    severity = _SEVERITIES.get(effect) if effect else None
    if severity is Severity.HIGH and _asks_only(reference):
        return Severity.LOW
    return severity


def _is_command(path: str) -> bool:
    """Whether a dotted name is that of a function that starts programs."""
    name = path.rpartition(".")[2]
    plain = path.replace(".", "").isidentifier() and name[:1].islower() and "." in path
    return plain and not path.startswith(_INERT) and effect_of(path) == "command"


def effect_of(path: str) -> str | None:
    """Return the effect word of a dotted name of the standard library or a client of networks."""
    if path in _INSTALLERS:
        return "command"
    parts = path.split(".")
    # A module is in reach of others that import it: `os.path.os.system`.
    through = next((at for at in range(1, len(parts) - 1) if parts[at] in _REACHED), 0)
    parts = parts[through:]
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        entry = catalogue.look_up(Name(module, ".".join(parts[length:])))
        known = entry.package == "cpython" or parts[0] in _CLIENTS
        if known and entry.effect is not None:
            return entry.effect.kind
    return None


#: Programs that tell of the host or the source, and change nothing.
_ASKING: Final = re.compile(
    r"""\A[('"\[]*(?:git['", ]+(?:rev-parse|describe|log|status|branch|show|diff|ls-files
    |tag|--version)|(?:python[\d.]*|twine)['", ]+(?:setup\.py|upload|check)
    |(?:hg|nvidia-smi|uname|which|where|lscpu|lsb_release|sysctl|ldconfig|nvcc|gcc|cc|g\+\+|clang
    |pkg-config|sw_vers|xcrun|xcodebuild|tput|stty|locale|llvm-config|rocm-smi|hipcc|hipconfig
    |clear|cls|ffmpeg|rustc|cmake)\b)""",
    re.VERBOSE,
)
_SHELLED: Final = re.compile(r"[|&;`<>]|\$\(|https?://")


def _asks_only(reference: CodeReference) -> bool:
    """Whether a command is known, and only asks for something."""
    first = reference.args[0] if reference.args else ""
    return bool(_ASKING.match(first)) and not _SHELLED.search(first)


def _show(reference: CodeReference) -> str:
    return f"{reference.name}({', '.join(reference.args)})"[:200]
