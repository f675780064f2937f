"""Instruction tables of each CPython version, from opcodes.json.

That file is made by tools/pycode_opcodes.py from the `opcode` module of real interpreters.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from modelassay.formats.pycode.values import Version


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The instructions of one version.

    `names` has 256 entries, "" for an unknown number; instructions that the interpreter puts in
    place of others (specialised, instrumented) bear the name of the one they replace. `caches`
    counts the 2-byte inline cache units after an instruction; `effects` gives the net change of
    the stack's height as (constant, per argument), where that is linear.
    """

    version: Version
    names: tuple[str, ...]
    have_argument: int
    kinds: dict[str, str]
    caches: dict[str, int]
    effects: dict[str, tuple[int, int]]

    @property
    def wide(self) -> bool:
        """Whether every instruction is 2 bytes (3.6 and later), not 1 or 3."""
        return self.version >= (3, 6)

    @property
    def unit(self) -> int:
        """Bytes that a jump of 1 means."""
        return 2 if self.version >= (3, 10) else 1


_KINDS = ("const", "name", "local", "free", "jrel", "jabs", "compare")


@cache
def _data() -> dict[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("opcodes.json").read_text("utf-8")
    loaded: dict[str, dict[str, Any]] = json.loads(text)
    return loaded


@cache
def known_versions() -> tuple[Version, ...]:
    """The versions there is a table for, oldest first."""
    pairs = (text.split(".") for text in _data())
    return tuple(sorted((int(major), int(minor)) for major, minor in pairs))


@cache
def table(version: Version) -> Table:
    """The table of a version; KeyError when there is none (see `known_versions`)."""
    raw = _data()["{}.{}".format(*version)]
    names = [""] * 256
    for number, name in raw["names"].items():
        names[int(number)] = raw["base"].get(name, name).removeprefix("INSTRUMENTED_")
    return Table(
        version=version,
        names=tuple(names),
        have_argument=raw["have_argument"],
        kinds={name: kind for kind in _KINDS for name in raw[kind]},
        caches=raw["caches"],
        effects={name: (base, slope) for name, (base, slope) in raw["effects"].items()},
    )
