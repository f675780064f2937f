"""Python code objects of any CPython version, read without the interpreter that wrote them.

`marshal.read` takes marshalled bytes, `from_arguments` what a pickle gives to `types.CodeType`;
`references` tells what the code refers to, `disassemble` shows it. Nothing is ever run.
"""

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
