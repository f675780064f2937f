"""A model that was compiled to native code.

What
----
The archive is a package of AOTInductor: beside or in place of weights it brings a shared library,
or the C++ of one with the options for the compiler.

Why
---
Loading such a package unpacks the library and loads it into the process, or runs a compiler first.
It is a program of whoever made the file, and nothing confines it. Neither its symbols nor its C++
prove that it does no more than compute a model.

Remediation
-----------
Treat it as a program. Ask for the exported model without compiled parts, and compile it yourself.

References
----------
- https://docs.pytorch.org/docs/stable/torch.compiler_aot_inductor.html
- https://docs.pytorch.org/docs/stable/export/pt2_archive.html
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Member
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="compiled-model",
    title="A model that was compiled to native code",
    severity=Severity.CRITICAL,
    remediation="Treat it as a program; ask for the exported model and compile it yourself.",
    fires=(
        'member file "m/data/aotinductor/model/x.so" size 507',
        'member file "data/aotinductor/model/x.wrapper.cpp" size 3000',
        'member file "m/data/aotinductor/model/x.wrapper_compile_flags.json" size 900',
    ),
    silent=(
        'member file "m/data/weights/weight_0" size 507',
        'member file "m/data/aotinductor/model/x_metadata.json" size 90',
    ),
    cwe=829,
    atlas="AML.T0011.000",
)

_FOLDER: Final = "data/aotinductor/"
#: What is loaded as it stands, what is compiled first, and what tells the compiler how.
_NATIVE: Final = (
    *(".so", ".dll", ".dylib", ".pyd", ".o", ".obj", ".a", ".lib"),
    *(".cpp", ".c", ".cc", ".cu", ".h", ".hpp", ".cubin", ".hsaco", ".spv", ".ptx"),
    *("_compile_flags.json", "_linker_flags.json", "cmakelists.txt"),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for all such members of an archive."""
    found = tuple(fact for fact in subject.of(Member) if _is_native(fact.name))
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield Match(f"loading runs native code of the archive: {found[0].name!r}{more}", found)


def _is_native(name: str) -> bool:
    path = "/" + name.lower().replace("\\", "/")
    return f"/{_FOLDER}" in path and path.endswith(_NATIVE)
