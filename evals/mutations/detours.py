"""Ways to write a pickle anew that go about: by the memo, a registry, another call, what is left.

They are as those of `evals.mutations.pickles`, and are taken after them.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

from evals.mutations.streams import STRINGS, Op, Stream, get, integer, put, text

_KEPT_FROM = 1 << 20  # above what the streams and the other ways keep
_ITEMS = STRINGS | {"GLOBAL", "STACK_GLOBAL", "REDUCE", "EMPTY_TUPLE", "BININT1", "NONE"}


def behind_head(stream: Stream) -> int:
    """Return the index of the first opcode that does something."""
    return next(n for n, op in enumerate(stream.ops) if op.name not in ("PROTO", "FRAME"))


def spelled(stream: Stream, index: int) -> tuple[str, str] | None:
    """Return what a STACK_GLOBAL imports, if two texts stand right before it and nothing else."""
    two = stream.parts.get(index, ())
    if len(two) != 2 or two[0] != index - 2 or two[1] != index - 1:
        return None
    module, name = (stream.ops[at] for at in two)
    if module.name not in STRINGS or name.name not in STRINGS:
        return None
    if "\n" in module.arg + name.arg or not (module.arg + name.arg).isascii():
        return None
    return module.arg, name.arg


def drop(*ops: Op) -> None:
    """Write nothing for opcodes."""
    for op in ops:
        op.raw, op.name = b"", "DROPPED"


def _imports(stream: Stream, chance: random.Random) -> Iterator[tuple[Op, str, str]]:
    """Yield some opcodes that import, alone from now on, with what they import."""
    for index, op in enumerate(stream.ops):
        if chance.random() < 0.3 or (op.name == "GLOBAL" and stream.renames(op)):
            continue
        if op.name == "GLOBAL":
            module, _, name = op.arg.partition(" ")
            yield op, module, name
        elif op.name == "STACK_GLOBAL" and (found := spelled(stream, index)):
            drop(*stream.ops[index - 2 : index])
            yield op, *found


def resolved(stream: Stream, chance: random.Random) -> None:
    """Have what is imported found by a call that takes its name."""
    for op, module, name in _imports(stream, chance):
        path, attribute = _words(f"{module}:{name}"), _words(name)
        found = b"cimportlib\nimport_module\n(" + _words(module) + b"tR"
        op.raw = chance.choice(
            (
                b"cpkgutil\nresolve_name\n(" + path + b"tR",
                b"cbuiltins\ngetattr\n(" + found + attribute + b"tR",
                b"coperator\nattrgetter\n(" + attribute + b"tR(" + found + b"tR",
            )
        )
        op.name = "FOUND"


def _words(value: str) -> bytes:
    return text(value, "BINUNICODE")


def extensions(stream: Stream, chance: random.Random) -> None:
    """Enter what is imported in the registry of extensions, and name it by its number."""
    numbers: dict[tuple[str, str], int] = {}
    first = chance.choice((130, 3_000, 1 << 20))
    for op, module, name in _imports(stream, chance):
        number = numbers.setdefault((module, name), first + len(numbers))
        if number < 256:
            op.raw = b"\x82" + bytes([number])
        elif number < 1 << 16:
            op.raw = b"\x83" + struct.pack("<H", number)
        else:
            op.raw = b"\x84" + struct.pack("<i", number)
        op.name = "FOUND"
    entered = b"".join(
        b"ccopyreg\nadd_extension\n("
        + _words(module)
        + _words(name)
        + integer(k, "BININT")
        + b"tR0"
        for (module, name), k in numbers.items()
    )
    stream.ops[behind_head(stream)].before.insert(0, entered)


def partial(stream: Stream, chance: random.Random) -> None:
    """Call what `functools.partial` makes of what is called."""
    for index, parts in stream.parts.items():
        op = stream.ops[index]
        if op.name == "REDUCE" and op.raw == b"R" and chance.random() < 0.7:
            stream.ops[parts[0]].before.insert(0, b"cfunctools\npartial\n(")
            stream.ops[parts[1]].before.insert(0, b"tR")


def held(stream: Stream, chance: random.Random) -> None:
    """Keep items in the memo, drop them, and take them back."""
    number = _KEPT_FROM
    for op in stream.ops:
        if op.name in _ITEMS and op.raw and chance.random() < 0.5:
            form = chance.choice(("", "SPELLED", "LONG_BINPUT"))
            op.raw += put(number, form or "PUT") + b"0" + get(number, form or "GET")
            number += 1


def left(stream: Stream, chance: random.Random) -> None:
    """Leave items and marks below what is loaded."""
    head = stream.ops[behind_head(stream)]
    head.before.insert(
        0, chance.choice((b"N", b"(", b"](", b"(N(K\1(", b")(" * 40, b"}(X\1\0\0\0a"))
    )


def lies(stream: Stream, chance: random.Random) -> None:
    """Have frames end anywhere, which `pickle.loads` does not mind."""
    sizes = [len(op.raw) + sum(map(len, op.before)) for op in stream.ops]
    for index in range(len(sizes) - 1, behind_head(stream) - 1, -1):
        if chance.random() < 0.2:
            stream.ops[index].before.insert(
                0, b"\x95" + struct.pack("<Q", chance.randrange(sum(sizes[index:])))
            )
            sizes[index] += 9
