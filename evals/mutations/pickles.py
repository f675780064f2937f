"""Ways to write a pickle anew that leave its effect as it is.

Each way takes a stream and a source of chance, and changes the stream where it can. They are those
of `WAYS`; `rewritten` takes some of them at once.
"""

from __future__ import annotations

import _compat_pickle
import itertools
import pickle
import random
import struct
from collections.abc import Callable, Iterator

from evals.mutations.detours import (
    behind_head,
    drop,
    extensions,
    held,
    left,
    lies,
    partial,
    resolved,
    spelled,
)
from evals.mutations.streams import (
    BYTE_TEXTS,
    STRINGS,
    Op,
    Stream,
    UnfollowedError,
    decimal,
    get,
    integer,
    is_put,
    memo,
    octets,
    parse,
    put,
    text,
)

Way = Callable[[Stream, random.Random], None]
_TEXTS = (*("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "ESCAPED"), *BYTE_TEXTS)
_OLD_STRINGS = {"STRING", "BINSTRING", "SHORT_BINSTRING"}
_INTEGERS = ("BININT1", "BININT2", "BININT", "INT", "HEX", "LONG", "BARE", "LONG1", "LONG4")
_OCTETS = ("SHORT_BINBYTES", "BINBYTES", "BINBYTES8")
_EMPTY = {"EMPTY_LIST": b"(l", "EMPTY_DICT": b"(d", "EMPTY_TUPLE": b"(t"}
_TUPLES = {"TUPLE1", "TUPLE2", "TUPLE3"}
#: Modules under whose name others are found, as an attribute on a path of dots.
HOLDERS = {
    "os": ("shutil.os", "glob.os", "tempfile._os", "pathlib.os", "random._os", "logging.os"),
    "sys": ("os.sys", "shutil.sys", "pickle.sys", "logging.sys"),
    "subprocess": ("webbrowser.subprocess", "platform.subprocess"),
    "io": ("pickle.io", "tarfile.io", "logging.io"),
    "builtins": ("tarfile.bltn_open.__self__", "codecs.builtins", "bz2.builtins"),
}
_TWINS = {"os": "posix", "posix": "os", "pickle": "_pickle", "_pickle": "pickle", "nt": "os"}
_JUNK = (
    b"N0", b"(0", b"K\x070", b"]0", b"}0", b")0", b"\x88\x890" b"0", b"(1", b"(NNK\x011",
    b"](K\x01K\x02e0",
    b"(K\x01K\x02t0", b"X\x05\0\0\0words0", b"\x8c\x03abc0", b"G?\xf0\0\0\0\0\0\x000", b"I5\n0",
    b"Vtext\n0", b"C\x02ab0", b"N(1" b"0", b"\x8f0", b"(K\x01\x910", b"NN\x860", b"}(K\x01Nu0",
)  # fmt: skip


def strings(stream: Stream, chance: random.Random) -> None:
    """Write texts by other opcodes."""
    for op in stream.ops:
        if op.name in STRINGS:
            op.raw = text(op.arg, chance.choice(_TEXTS))
        elif op.name in _OLD_STRINGS and op.arg.isascii() and op.arg.isprintable():
            op.raw = text(op.arg, chance.choice(BYTE_TEXTS))


def integers(stream: Stream, chance: random.Random) -> None:
    """Write numbers by other opcodes."""
    for op in stream.ops:
        if op.name in _INTEGERS and type(op.arg) is int:
            op.raw = integer(op.arg, chance.choice(_INTEGERS))
        elif op.name in ("NEWTRUE", "NEWFALSE"):
            old = b"I01\n" if op.name == "NEWTRUE" else b"I00\n"
            op.raw = chance.choice((op.raw, old))


def values(stream: Stream, chance: random.Random) -> None:
    """Write bytes, numbers with a fraction, and empty containers by other opcodes."""
    for op in stream.ops:
        if op.name in _OCTETS:
            op.raw = octets(op.arg, chance.choice((*_OCTETS, "ENCODED")))
        elif op.name in ("BINFLOAT", "FLOAT"):
            op.raw = decimal(op.arg, chance.choice(("BINFLOAT", "FLOAT")))
        elif op.name in _EMPTY:
            op.raw = chance.choice((op.raw, _EMPTY[op.name]))


def tuples(stream: Stream, chance: random.Random) -> None:
    """Write short tuples by a mark."""
    for index, parts in stream.parts.items():
        op = stream.ops[index]
        if op.name in _TUPLES and chance.random() < 0.7:
            stream.ops[parts[0]].before.insert(0, b"(")
            op.raw = b"t"


def globals_(stream: Stream, chance: random.Random) -> None:
    """Write imports by other opcodes."""
    for index, op in enumerate(stream.ops):
        if op.name == "GLOBAL" and chance.random() < 0.7:
            module, _, name = op.arg.partition(" ")
            if stream.protocol < 3 or not name or stream.renames(op):
                continue
            op.raw = _push(module, chance) + _push(name, chance) + b"\x93"
        elif op.name == "STACK_GLOBAL" and chance.random() < 0.7:
            found = spelled(stream, index)
            if found is not None and stream.protocol >= 4:
                drop(*stream.ops[index - 2 : index])
                op.raw = b"c" + "\n".join(found).encode() + b"\n"


def _push(value: str, chance: random.Random) -> bytes:
    return text(value, chance.choice(_TEXTS))


def names(stream: Stream, chance: random.Random) -> None:
    """Call what is imported by another of its names."""
    for index, op in enumerate(stream.ops):
        if op.name == "GLOBAL" and chance.random() < 0.8:
            module, _, name = op.arg.partition(" ")
            found = _other(module, name, stream.protocol, chance)
            if found is not None:
                op.raw = b"c" + "\n".join(found).encode() + b"\n"
        elif op.name == "STACK_GLOBAL":
            found = spelled(stream, index)
            found = _other(*found, stream.protocol, chance) if found else None
            if found is not None:
                for at, value in zip((index - 2, index - 1), found, strict=True):
                    stream.ops[at].raw = text(value, "BINUNICODE")


def _other(module: str, name: str, protocol: int, chance: random.Random) -> tuple[str, str] | None:
    ways: list[tuple[str, str]] = []
    if module in _TWINS:
        ways.append((_TWINS[module], name))
    if protocol >= 4:
        for holder in HOLDERS.get(module, ()):
            base, _, path = holder.partition(".")
            ways.append((base, f"{path}.{name}"))
    if protocol < 3:
        old = _compat_pickle.REVERSE_NAME_MAPPING.get((module, name))
        below = _compat_pickle.REVERSE_IMPORT_MAPPING.get(module)
        if old or below:
            ways.append(old or (below or "", name))
    return chance.choice(ways) if ways else None


def calls(stream: Stream, chance: random.Random) -> None:
    """Make calls by INST, OBJ and NEWOBJ_EX."""
    for index, parts in list(stream.parts.items()):
        op = stream.ops[index]
        if op.name == "NEWOBJ" and chance.random() < 0.7:
            op.raw = b"}\x92"
        if op.name != "REDUCE" or chance.random() < 0.3:
            continue
        made = _tuple_of(stream, index)
        if made is None:
            continue
        at, marked, empty = made
        if empty:
            continue  # INST and OBJ of a class without arguments do not call it
        callee = stream.ops[parts[0]]
        first = stream.ops[marked]
        simple = callee.name == "GLOBAL" and parts[1] == parts[0] + 1 and not callee.before
        if simple and stream.protocol < 3 and chance.random() < 0.5:
            callee.name, op.raw = "DROPPED", b"i" + callee.raw[1:]
            callee.raw = b""
            _open(stream, at, first)
            stream.ops[at].raw = b""
        else:
            # MARK callable arguments OBJ
            callee.before.insert(0, b"(")
            if stream.ops[at].name == "TUPLE":
                first.raw = b""  # its own mark
            stream.ops[at].raw = b""
            op.raw = b"o"
        stream.ops[at].name = "DROPPED"


def _open(stream: Stream, at: int, first: Op) -> None:
    if stream.ops[at].name != "TUPLE":
        first.before.insert(0, b"(")


def _tuple_of(stream: Stream, index: int) -> tuple[int, int, bool] | None:
    """Return where the arguments of a call are made a tuple and where that begins."""
    at = index - 1
    if at not in stream.parts or stream.ops[at].name not in _TUPLES | {"TUPLE"}:
        return None
    inner = stream.parts[at]
    begin = stream.parts[index][1]
    return at, begin, not inner


def keeps(stream: Stream, chance: random.Random) -> None:
    """Give what is kept in the memo other numbers, by other opcodes, and keep more."""
    kept = list(memo(stream))
    numbers: dict[int, int] = {}
    fresh = chance.sample(range(max(len(kept) * 3, 8)), max(len(kept) * 3, 8))
    offset = chance.choice((0, 0, 250, 70_000))
    for op, index in kept:
        number = numbers.setdefault(index, fresh[len(numbers)] + offset)
        if is_put(op):
            op.raw = put(number, chance.choice(("PUT", "SPELLED", "BINPUT", "LONG_BINPUT")))
        else:
            op.raw = get(number, chance.choice(("GET", "SPELLED", "BINGET", "LONG_BINGET")))


def junk(stream: Stream, chance: random.Random) -> None:
    """Push and drop values on the way."""
    if any(op.name == "MEMOIZE" and not op.raw.startswith((b"p", b"q", b"r")) for op in stream.ops):
        safe = [one for one in _JUNK if b"\x94" not in one]
    else:
        safe = list(_JUNK)
    moved = any(op.name == "DROPPED" for op in stream.ops)  # so that the depths no longer hold
    for index, op in enumerate(stream.ops):
        if index == 0 or op.name in ("PROTO", "FRAME") or chance.random() > 0.4:
            continue
        op.before.insert(0, chance.choice(safe))
        if stream.depths[index] > 0 and not moved and chance.random() < 0.2:
            op.before.insert(0, b"20")  # DUP POP


def padding(stream: Stream, chance: random.Random) -> None:
    """Put a large value that is dropped in front."""
    size = chance.choice((300, 5_000, 70_000))
    filler = bytes(chance.choices(range(32, 127), k=64)) * (size // 64 + 1)
    raw = b"B" + struct.pack("<I", size) + filler[:size] + b"0"
    stream.ops[behind_head(stream)].before.insert(0, raw)


def frames(stream: Stream, chance: random.Random) -> None:
    """Lay other frames than there were."""
    if stream.protocol < 4:
        return
    bounds = [behind_head(stream), len(stream.ops)]
    bounds += chance.sample(range(bounds[0], bounds[1]), min(3, bounds[1] - bounds[0]))
    bounds = sorted(set(bounds))
    for start, end in itertools.pairwise(bounds):
        inside = stream.ops[start:end]
        size = sum(len(op.raw) + sum(map(len, op.before)) for op in inside)
        stream.ops[start].before.insert(0, b"\x95" + struct.pack("<Q", size))


def protocols(stream: Stream, chance: random.Random) -> None:
    """State another protocol, none, or one twice, where that changes no name."""
    modules = stream.imports()
    old = any(_compat_pickle.IMPORT_MAPPING.get(name, name) != name for name in modules)
    old |= any(name in modules for name, _ in _compat_pickle.NAME_MAPPING)
    dotted = any(op.name in ("GLOBAL", "STACK_GLOBAL") for op in stream.ops) and any(
        isinstance(op.arg, str) and "." in op.arg.partition(" ")[2] for op in stream.ops
    )
    dotted |= any(op.name == "STACK_GLOBAL" for op in stream.ops)
    if dotted:
        allowed = [4, 5]
    elif old:
        allowed = [0, 1, 2] if stream.protocol < 3 else [3, 4, 5]
    else:
        allowed = [0, 1, 2, 3, 4, 5]
    stated = b"\x80" + bytes([chance.choice(allowed)])
    for op in stream.ops:
        if op.name == "PROTO":
            op.raw = b""
    if max(allowed) < 3 and chance.random() < 0.3:
        return
    if chance.random() < 0.3:
        for op in chance.choices(stream.ops, k=3):
            op.before.insert(0, b"\x80" + bytes([chance.choice(allowed)]))
    stream.ops[0].before.insert(0, stated * chance.choice((1, 1, 2)))


def nesting(stream: Stream, chance: random.Random) -> None:
    """Put the result into values, beside others."""
    first, last = stream.ops[behind_head(stream)], stream.ops[-1]
    for _ in range(chance.choice((1, 1, 2, 5))):
        start, end = chance.choice(
            ((b"]", b"a"), (b"(", b"t"), (b"}K\x05", b"s"), (b"(K\x01N", b"l"), (b"](N", b"e"))
        )
        first.before.insert(0, start)
        last.before.append(end)


def behind(stream: Stream, chance: random.Random) -> None:
    """Let streams of plain data follow, as a file of several has them."""
    more = [pickle.dumps(list(range(chance.randrange(9))), chance.randrange(6)) for _ in range(2)]
    stream.rest += b"".join(more)


def in_front(stream: Stream, chance: random.Random) -> None:
    """Let a stream of plain data come first, as a file of several has it."""
    plain = pickle.dumps({"epoch": chance.randrange(99)}, chance.randrange(6))
    stream.ops[0].before.insert(0, plain)


def parted(stream: Stream, chance: random.Random) -> None:
    """Have texts put together from two by a call."""
    taken = {
        at for index in stream.parts for at in (index - 2, index - 1) if _is_import(stream, index)
    }
    for index, op in enumerate(stream.ops):
        if op.name in STRINGS and len(op.arg) > 1 and index not in taken:
            cut = chance.randrange(1, len(op.arg))
            halves = (text(half, "BINUNICODE") for half in (op.arg[:cut], op.arg[cut:]))
            op.raw = b"c_operator\nconcat\n(" + b"".join(halves) + b"tR"


def _is_import(stream: Stream, index: int) -> bool:
    return stream.ops[index].name == "STACK_GLOBAL"


def computed(stream: Stream, chance: random.Random) -> None:
    """Have the names of imports put together by a call, too."""
    for index in list(stream.parts):
        found = spelled(stream, index) if _is_import(stream, index) else None
        if found is None:
            continue
        for at, value in zip((index - 2, index - 1), found, strict=True):
            if len(value) > 1:
                cut = chance.randrange(1, len(value))
                halves = (text(half, "BINUNICODE") for half in (value[:cut], value[cut:]))
                stream.ops[at].raw = b"c_operator\nconcat\n(" + b"".join(halves) + b"tR"


#: In the order in which they are taken: what changes opcodes, then what is put between them.
WAYS: dict[str, Way] = {
    "names": names,
    "computed names": computed,
    "parted texts": parted,
    "imports": globals_,
    "resolved": resolved,
    "extensions": extensions,
    "calls": calls,
    "strings": strings,
    "integers": integers,
    "values": values,
    "tuples": tuples,
    "partial": partial,
    "memo": keeps,
    "held": held,
    "nesting": nesting,
    "left": left,
    "junk": junk,
    "padding": padding,
    "frames": frames,
    "frame lies": lies,
    "protocol": protocols,
    "plain behind": behind,
    "plain in front": in_front,
}
#: Ways that write the same opcodes in different words, of which one at a time is taken.
_APART = (
    {"names", "imports", "computed names", "resolved", "extensions"},
    {"parted texts", "strings"},
    {"calls", "tuples", "partial"},
    {"frames", "frame lies"},
)


def rewritten(data: bytes, chance: random.Random) -> tuple[str, bytes] | None:
    """Return `data` written anew in one or several ways, with what they are called."""
    chosen = set(chance.sample(sorted(WAYS), chance.choice((1, 1, 2, 3, 5))))
    for group in _APART:
        several = sorted(group & chosen)
        chosen -= set(several[1:])
    if "computed names" in chosen:
        chosen -= {"strings", "parted texts"}
    if "names" in chosen:
        chosen -= {"strings"}
    return one(data, [name for name in WAYS if name in chosen], chance)


def one(data: bytes, ways: list[str], chance: random.Random) -> tuple[str, bytes] | None:
    """Return `data` written anew in `ways`, `None` where it stays as it is."""
    try:
        stream = parse(data)
    except UnfollowedError:
        return None
    if "memo" not in ways and {"junk", "held"} & set(ways):
        keeps(stream, random.Random(0))
    for op in stream.ops:
        if op.name == "FRAME":
            op.raw = b""  # its length no longer holds, which Python's own loader minds
    for name in ways:
        WAYS[name](stream, chance)
    made = stream.bytes()
    return ("+".join(ways) or "no frames", made) if made != data else None


def variants(data: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield variants of a pickle without end; none if it cannot be followed."""
    idle = 0
    while idle < 50:
        made = rewritten(data, chance)
        if made is None:
            idle += 1
            continue
        idle = 0
        yield made
