"""What the analysis assumes of builtins and unknown methods: assumptions.toml."""

import tomllib
from pathlib import Path

DATA_TYPES = (
    str, bytes, bytearray, int, float, complex, list, dict, set, tuple, range, slice, memoryview,
)  # fmt: skip

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

HARMLESS_BUILTINS = frozenset(_TABLES["harmless_builtins"].split())
DATA_METHODS = frozenset(_TABLES["data_methods"].split()).union(*map(dir, DATA_TYPES))
REACHING_METHODS = frozenset(_TABLES["reaching_methods"].split())
METHOD_EFFECTS = {
    name: effect for effect, names in _TABLES["method_effects"].items() for name in names.split()
}
TAKES_CALLABLE: dict[str, int | str] = _TABLES["takes_callable"]
