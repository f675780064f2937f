"""Runs the machine as its sources are, whatever is compiled, and prints what it told.

    python forms_child.py FOLDER COUNT

`FOLDER` is that of the package, `COUNT` the number of streams.
"""

from __future__ import annotations

import hashlib
import importlib.machinery as machinery
import sys
from collections.abc import Iterator


def only_sources() -> None:
    """Let modules of Python be imported from their sources, not from what stands beside them."""
    source = (machinery.SourceFileLoader, machinery.SOURCE_SUFFIXES)
    sys.path_hooks[:] = [
        hook for hook in sys.path_hooks if "FileFinder" not in getattr(hook, "__name__", "")
    ]
    finder = machinery.FileFinder.path_hook(source)

    def pure(path: str) -> object:
        if "modelassay" not in path:
            raise ImportError
        return finder(path)

    sys.path_hooks[:0] = [pure]  # type: ignore[list-item]
    sys.path_hooks.append(
        machinery.FileFinder.path_hook(
            (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES), source
        )
    )
    sys.path_importer_cache.clear()


def told(data: bytes) -> Iterator[str]:
    """Yield what the machine tells of a stream, and where it ends."""
    from modelassay.core.facts import Fact
    from modelassay.core.notation import describe
    from modelassay.formats.pickle import read_stream
    from modelassay.io.blob import Memory
    from modelassay.io.budget import Budget

    for keeps in (False, True):
        events = read_stream(Memory(data), 0, Budget(), keeps_result=keeps)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                machine = end.value
                yield f"{machine.position} {machine.ops if keeps else 0} {machine.error}"
                break
            yield (
                f"{describe(event)} {event.count}" if isinstance(event, Fact) else repr(event)[:99]
            )


def digests(count: int) -> list[str]:
    """Return a digest of what is told of each generated stream."""
    import pickle
    import random
    import types

    found = []
    for seed in range(count):
        random_ = random.Random(seed)
        objects: list[object] = []
        for _ in range(random_.randrange(1, 9)):
            one = types.SimpleNamespace(a=random_.randrange(1 << 20), b=(1, "x" * seed), c=[1.5])
            one.d = {"k": random_.choice([None, one, objects[-1:], range(seed), b"\x80\4N.", {1}])}
            objects.append(random_.choice([one, [one] * 70, {one.a: (one, 2)}, complex(1, seed)]))
        data = bytearray(pickle.dumps(objects, seed % 6))
        for _ in range(random_.randrange(3)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        text = "\n".join(told(bytes(data)))
        found.append(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16])
    return found


if __name__ == "__main__":
    only_sources()
    sys.path.insert(0, sys.argv[1])
    from modelassay.formats.pickle import ints, machine

    if not all(str(module.__file__).endswith(".py") for module in (ints, machine)):
        sys.exit("what was imported is compiled")
    print("\n".join(digests(int(sys.argv[2]))))
