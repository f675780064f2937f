"""The proof that the ways to rewrite a pickle keep its effect, on pickles made here.

They are loaded, original and variant, by unpicklers whose imports are stubs: a stub notes what it
was called with and does nothing. Nothing of a corpus is ever loaded.
"""

from __future__ import annotations

import _compat_pickle
import codecs
import copyreg
import io
import operator
import pickle
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from evals.mutations.pickles import HOLDERS, WAYS, one, rewritten


class Trace(list[str]):
    """What was called, in order."""


def _canonical(module: str, name: str) -> str:
    base = {"posix": "os", "nt": "os", "_pickle": "pickle"}.get(module, module)
    full = f"{base}.{name}"
    for real, holders in HOLDERS.items():
        for holder in holders:
            if full.startswith(f"{holder}."):
                return f"{real}.{full[len(holder) + 1 :]}"
    return full


def _stub(trace: Trace, full: str) -> Any:
    class Made:
        def __new__(cls, *args: Any, **named: Any) -> Any:
            trace.append(f"{full}{args!r}{named or ''}")
            return object.__new__(cls)

        def __init__(self, *args: Any, **named: Any) -> None:
            pass

        def __setstate__(self, state: Any) -> None:
            trace.append(f"{full} state {state!r}")

        def __repr__(self) -> str:
            return f"<{full}>"

    return Made


def _found(trace: Trace, module: str, name: str) -> Any:
    return _HELPERS.get((module, name)) or _stub(trace, _canonical(module, name))


#: Calls that the ways add, of which the originals have none: these are made...
_HELPERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("_operator", "concat"): operator.concat,
    ("_codecs", "encode"): codecs.encode,
    ("functools", "partial"): partial,
    ("copyreg", "add_extension"): copyreg.add_extension,
    ("importlib", "import_module"): str,
}
#: ... and these find a stub.
_FINDERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("pkgutil", "resolve_name"): lambda trace, path: _found(trace, *path.split(":")),
    ("builtins", "getattr"): lambda trace, module, name: _found(trace, module, name),
    ("operator", "attrgetter"): lambda trace, name: lambda module: _found(trace, module, name),
}


def effect(data: bytes, pure: bool = False) -> Trace:
    """Load `data`, all its streams, with stubs for whatever it imports; return what was called."""
    trace = Trace()
    kind: Any = pickle._Unpickler if pure else pickle.Unpickler

    class Inert(kind):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) in _FINDERS:
                return partial(_FINDERS[module, name], trace)
            module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
            return _found(trace, _compat_pickle.IMPORT_MAPPING.get(module, module), name)

    file = io.BytesIO(data)
    try:
        while file.tell() < len(data):
            Inert(file).load()
    finally:
        for (module, name), number in list(copyreg._extension_registry.items()):  # type: ignore[attr-defined]
            copyreg.remove_extension(module, name, number)
        copyreg.clear_extension_cache()
    return trace


def samples() -> Iterator[bytes]:
    """Yield pickles whose calls are told apart by their trace."""

    class Call:
        def __init__(self, callee: Callable[..., object], *args: object, state: object = None):
            self.parts = (callee, args, state) if state is not None else (callee, args)

        def __reduce__(self) -> tuple[Any, ...]:
            return self.parts

    import os
    import subprocess

    plain = Call(os.system, "echo inert")
    shared = "shared"
    values: list[object] = [
        plain,
        [plain, Call(eval, "print(1)"), {"a": (1, 2, True, -5, 1 << 40, None)}],
        (Call(subprocess.Popen, ["echo", "x"], 0, state={"a": [shared, shared]}), shared),
        Call(pickle.loads, b"\x80\x04N."),
        {"deep": [[[(Call(exec, "x = 1"),)]]], "é": 1.5, "bytes": b"\0\xff"},
        Call(os.putenv, *("A", "B", "C", "D")[:3]),
    ]
    for value in values:
        for protocol in range(6):
            yield pickle.dumps(value, protocol)
    yield b"(cos\nsystem\nS'echo'\no."
    yield b"(S'echo'\nios\nsystem\n."
    yield b"\x80\x02c__builtin__\nobject\n)\x81}b."


def kept(protocol: int, chance: random.Random) -> bool:
    """Whether plain values are what they were when the frames around them lie."""
    plain = [{"a": (1, 2.5, None)}, "words" * 20, [b"bytes"] * 3]
    variant = one(pickle.dumps(plain, protocol), ["frame lies"], chance)
    return variant is None or bool(pickle.loads(variant[1]) == plain)


def main(count: int = 4000) -> int:
    """Hold variants against what they were made of; return 1 if an effect changed."""
    chance = random.Random(5)
    made = wrong = 0
    ways: set[str] = set()
    sources = list(samples())
    for turn in range(count):
        data = sources[turn % len(sources)]
        name = sorted(WAYS)[turn // len(sources) % len(WAYS)]
        variant = one(data, [name], chance) if turn % 2 else rewritten(data, chance)
        if variant is None or "frame lies" in variant[0]:
            continue  # only `pickle.loads` takes those, which has no stubs
        made += 1
        ways.update(variant[0].split("+"))
        for pure in (False, True):
            try:
                same = effect(variant[1], pure) == effect(data, pure)
            except Exception as error:
                same = False
                print(f"{variant[0]}: {error!r}")
            if not same:
                wrong += 1
                print(f"{variant[0]}: {data!r} -> {variant[1][:300]!r}")
                break
    wrong += sum(not kept(protocol, chance) for protocol in (4, 5) for _ in range(200))
    print(f"{made} variants by {len(ways) + 1} of {len(WAYS)} ways, {wrong} with another effect")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
