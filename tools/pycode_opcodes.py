"""Make src/modelassay/formats/pycode/opcodes.json from real CPython interpreters.

    pythonX.Y tools/pycode_opcodes.py describe > X.Y.json      (once per version, 2.7 included)
    python3 tools/pycode_opcodes.py merge *.json > src/modelassay/formats/pycode/opcodes.json

`describe` asks the interpreter that runs it, through its `opcode` module (Lib/opcode.py,
Lib/_opcode_metadata.py), so it must stay valid Python 2.7 as well.
"""

# ruff: noqa: B905, UP010, UP031
from __future__ import print_function

import json
import opcode
import sys

KINDS = ("const", "name", "local", "free", "jrel", "jabs", "compare")
NO_EFFECT = None
# 2.7 cannot measure stack effects: these are from `opcode_stack_effect`, Python/compile.c at 2.7.
PYTHON_2_EFFECTS = {
    "BINARY_DIVIDE": -1,
    "INPLACE_DIVIDE": -1,
    "BUILD_CLASS": -2,
    "DELETE_SLICE+0": -1,
    "DELETE_SLICE+1": -2,
    "DELETE_SLICE+2": -2,
    "DELETE_SLICE+3": -3,
    "EXEC_STMT": -3,
    "LOAD_LOCALS": 1,
    "PRINT_ITEM": -1,
    "PRINT_ITEM_TO": -2,
    "PRINT_NEWLINE_TO": -1,
    "SLICE+1": -1,
    "SLICE+2": -1,
    "SLICE+3": -2,
    "STORE_MAP": -2,
    "STORE_SLICE+0": -2,
    "STORE_SLICE+1": -3,
    "STORE_SLICE+2": -3,
    "STORE_SLICE+3": -4,
    "WITH_CLEANUP": -1,
}


def specialised():
    """Name -> base name of the instructions that the interpreter puts in place of others."""
    families = getattr(opcode, "_specializations", {})
    return {name: base for base, names in families.items() for name in names}


def numbers(bases):
    """Number -> name of every instruction, the specialised and instrumented ones included."""
    found = dict(opcode.opmap)
    found.update(getattr(opcode, "_specialized_opmap", {}))
    if bases and not any(name in found for name in bases):  # 3.11, 3.12: only dis numbers them
        import dis

        found.update(dis._all_opmap)
    return {number: name for name, number in found.items() if 0 <= number < 256}


def caches():
    """Name -> count of inline cache units that follow the instruction."""
    entries = getattr(opcode, "_inline_cache_entries", {})
    pairs = entries.items() if isinstance(entries, dict) else zip(opcode.opname, entries)
    return {name: count for name, count in pairs if count}


def effect(number):
    """Net stack effect as [constant, per argument], or None when it is not linear."""
    measure = getattr(opcode, "stack_effect", None)
    if measure is None:
        return NO_EFFECT
    options = {"jump": False} if sys.version_info >= (3, 8) else {}
    try:
        values = [measure(number, argument, **options) for argument in range(8)]
    except ValueError:
        try:
            return [measure(number, None, **options), 0]
        except ValueError:
            return NO_EFFECT
    slope = values[1] - values[0]
    linear = all(value == values[0] + slope * index for index, value in enumerate(values))
    return [values[0], slope] if linear else NO_EFFECT


def describe():
    """The table of the interpreter that runs this, by its version."""
    bases = specialised()
    names = numbers(bases)
    table = {
        "names": {str(number): name for number, name in names.items()},
        "base": bases,
        "caches": caches(),
        "effects": {},
        "have_argument": opcode.HAVE_ARGUMENT,
    }
    for kind in KINDS:
        known = getattr(opcode, "has" + kind)
        table[kind] = sorted(names[number] for number in known if number in names)
    for number, name in names.items():
        found = effect(number) if name in opcode.opmap else NO_EFFECT
        if found is not None:
            table["effects"][name] = found
    return {"%d.%d" % sys.version_info[:2]: table}


def merge(paths):
    """The tables of several described versions, completed."""
    tables = {}
    for path in paths:
        with open(path) as file:
            tables.update(json.load(file))
    # An instruction of 2.7 that is in 3.6 by the same name has the same effect.
    for name in tables.get("2.7", {}).get("names", {}).values():
        found = tables.get("3.6", {}).get("effects", {}).get(name)
        if name in PYTHON_2_EFFECTS:
            found = [PYTHON_2_EFFECTS[name], 0]
        if found is not None:
            tables["2.7"]["effects"][name] = found
    return tables


def main(arguments):
    """Print what was asked for as JSON, one field a line."""
    tables = describe() if arguments[0] == "describe" else merge(arguments[1:])
    lines = []
    for version in sorted(tables, key=lambda text: [int(part) for part in text.split(".")]):
        fields = [
            "  %s: %s" % (json.dumps(field), json.dumps(value, sort_keys=True))
            for field, value in sorted(tables[version].items())
        ]
        lines.append(" %s: {\n%s\n }" % (json.dumps(version), ",\n".join(fields)))
    print("{\n%s\n}" % ",\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
