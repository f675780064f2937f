"""A function of Lua in a file of Torch7.

What
----
A file that `torch.save` of Torch7 wrote holds a function, as byte code or source. Loading hands it
to Lua, which does not verify byte code.

Why
---
The function runs as soon as the model calls it. Byte code made by hand can corrupt memory the
moment it runs, whatever the names in it. Where names of functions stand in it that start programs,
open files or load libraries, it was made to reach out of the model.

Remediation
-----------
Do not load the file. Ask for the weights alone, in a format without functions.

References
----------
- https://github.com/torch/torch7/blob/master/doc/serialization.md
- https://www.lua.org/manual/5.1/manual.html#pdf-loadstring
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="lua-function",
    title="A function of Lua in a file of Torch7",
    severity=Severity.HIGH,
    remediation="Do not load the file. Ask for the weights alone.",
    fires=('code lua "function" os execute', 'code lua "function" math'),
    silent=('code r "closure" system()', 'metadata "class" = "nn.Sequential"'),
    fires_at="inference",
    cwe=502,
    atlas="AML.T0011.000",
)

_REACHING: Final = frozenset(
    (
        *("execute", "popen", "loadlib", "ffi", "dofile", "loadfile", "loadstring", "system"),
        *("tmpname", "socket", "cdef", "getenv", "setenv", "rename", "require", "PipeFile"),
    )
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each function."""
    for code in subject.of(Code):
        if code.language != "lua":
            continue
        found = [one.name for one in code.references if one.name in _REACHING]
        if found:
            message = f"a function of Lua names {', '.join(found[:5])}"
            yield Match(message, (code,))
        else:
            message = "a function of Lua runs when the model calls it"
            yield Match(message, (code,), Severity.MEDIUM)
