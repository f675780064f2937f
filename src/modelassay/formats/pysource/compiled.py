"""Bytecode of a module, found out as its source is: what runs on import, and what later.

Source: `Include/cpython/code.h` (a function has CO_OPTIMIZED, a module and the body of a class have
not). Bases and metaclasses are not told apart from other arguments of the call that makes a class.
"""

from __future__ import annotations

from typing import Final

from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.effects import references
from modelassay.formats.pysource.evaluation import Found, Record
from modelassay.formats.pysource.scopes import RUNNERS, Scope

_OPTIMIZED: Final = 0x1


def found_in(module: CodeObject) -> Found:
    """Return what the code of a module refers to, by the scopes it stands in."""
    told = references(module)
    scopes: dict[str, Scope] = {}
    paths: dict[int, str] = {}
    for path, code in told.scopes:
        # Comprehensions and the like run where they stand.
        around = code.name.startswith("<") or not code.flags & _OPTIMIZED
        own = paths[id(code)] = _below(module, path)
        if around or own not in scopes:
            scopes[own] = Scope("class" if around else "function")
    records = [
        Record(
            # What has no name is most often the object that a method belongs to.
            name=f"self{one.name[1:]}" if one.name.startswith("?.") else one.name,
            path=_below(module, one.path),
            called=one.called,
            arguments=one.arguments,
            imported=one.imported,
        )
        for one in told.found
    ]
    for path, name, code in told.calls:
        if id(code) in paths and (not name or name.rpartition(".")[2] in RUNNERS):
            records.append(Record(paths[id(code)], _below(module, path), called=True))
    return Found(records, told.complete, scopes, {})


def _below(module: CodeObject, path: str) -> str:
    """Return the path of a scope from its module, whatever that calls itself."""
    return "" if path == module.name else path.removeprefix(f"{module.name}.")
