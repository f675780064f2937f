"""Python code objects of any CPython version, read without the interpreter that wrote them.

`marshal.read` takes marshalled bytes, `from_arguments` what a pickle gives to `types.CodeType`;
`references` tells what the code refers to, `disassemble` shows it. Nothing is ever run.

Few files hold code, and what reads it is a third of what a scan would import: each name is loaded
when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelassay.formats.pycode.code import CodeObject, from_arguments
    from modelassay.formats.pycode.disassembly import disassemble
    from modelassay.formats.pycode.effects import Reference, References, references
    from modelassay.formats.pycode.marshal import MarshalError, Marshalled, read
    from modelassay.formats.pycode.terms import UNKNOWN, Symbol
    from modelassay.formats.pycode.values import Group, Opaque, Version, show
    from modelassay.formats.pycode.versions import best_versions

__all__ = [
    "UNKNOWN",
    "CodeObject",
    "Group",
    "MarshalError",
    "Marshalled",
    "Opaque",
    "Reference",
    "References",
    "Symbol",
    "Version",
    "best_versions",
    "disassemble",
    "from_arguments",
    "read",
    "references",
    "show",
]

_WHERE = {
    "code": ("CodeObject", "from_arguments"),
    "disassembly": ("disassemble",),
    "effects": ("Reference", "References", "references"),
    "marshal": ("MarshalError", "Marshalled", "read"),
    "terms": ("UNKNOWN", "Symbol"),
    "values": ("Group", "Opaque", "Version", "show"),
    "versions": ("best_versions",),
}


def __getattr__(name: str) -> Any:
    for module, names in _WHERE.items():
        if name in names:
            value = getattr(import_module(f"modelassay.formats.pycode.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
