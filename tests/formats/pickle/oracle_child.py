"""Loads the pickles it is sent with inert stubs and tells what the loader did. Run by `oracle.py`.

Whatever a stream names is answered with a stub: modules are not imported, nothing is called. Memory
and time are limited; a stream that kills this process is the parent's to skip.
"""

from __future__ import annotations

import builtins
import copyreg
import io
import itertools
import json
import pickle
import resource
import signal
import struct
import sys
import types

EXTENSION_CODES = (1, 240, 4000, 70000)
LOADERS = (
    (pickle.Unpickler, "ASCII"),
    (pickle.Unpickler, "latin1"),
    (pickle._Unpickler, "latin1"),  # type: ignore[attr-defined]
)
_import = builtins.__import__


class Log:
    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()
        self.sure: set[tuple[str, str]] = set()
        self.used: set[tuple[str, str, str]] = set()
        self.persistent = 0


log = Log()


def used(cls: type, how: str) -> None:
    name = cls.__dict__.get("_name") or getattr(cls, "_name", None)
    if name is not None:
        log.used.add((*name, how))


class Meta(type):
    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        module, qualname = cls._name
        return stub(module, f"{qualname}.{name}")

    def __call__(cls, *args: object, **kwargs: object) -> object:
        used(cls, "call")
        return object.__new__(cls)


class Inert(metaclass=Meta):
    _name = None

    def __new__(cls, *args: object, **kwargs: object) -> object:
        used(cls, "call")
        return object.__new__(cls)

    def __setstate__(self, *args: object) -> None:
        if args:  # taken of a class it is not bound, and `self` is the state
            used(type(self), "state")

    def __setitem__(self, *args: object) -> None:
        used(type(self), "item")

    def extend(self, *args: object) -> None:
        used(type(self), "append")

    append = add = extend

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self


class Module(types.ModuleType):
    def __getattr__(self, name: str) -> type:
        if not name:
            raise AttributeError(name)
        return stub(self.__name__, name)


def stub(module: str, qualname: str) -> type:
    return Meta("Stub", (Inert,), {"_name": (module, qualname), "__slots__": ()})


def answer(data: bytes) -> dict[str, object]:
    global log
    log = Log()
    stop = None
    for base, encoding in LOADERS:
        file = io.BytesIO(data)

        class Loader(base):  # type: ignore[misc,valid-type]
            compiled = base is pickle.Unpickler

            def find_class(self, module: str, name: str) -> object:
                replaced: dict[str, object] = {}

                def fake(wanted: str, *rest: object, **named: object) -> object:
                    replaced.setdefault(wanted, sys.modules.get(wanted))
                    sys.modules[wanted] = Module(wanted)
                    return sys.modules[wanted]

                builtins.__import__ = fake  # type: ignore[assignment]
                try:
                    found = super().find_class(module, name)
                finally:
                    builtins.__import__ = _import
                    for wanted, old in replaced.items():
                        if old is None:
                            del sys.modules[wanted]
                        else:
                            sys.modules[wanted] = old  # type: ignore[assignment]
                log.names.add(found._name)
                if self.compiled:
                    log.sure.add(found._name)
                return found

            def persistent_load(self, pid: object) -> object:
                log.persistent += 1
                return Inert()

        buffers = itertools.repeat(bytearray(4))
        copyreg.clear_extension_cache()  # type: ignore[attr-defined]
        try:
            Loader(file, encoding=encoding, buffers=buffers).load()
        except (Exception, RecursionError):
            continue
        if base is pickle.Unpickler:
            stop = file.tell()
    return {
        "names": sorted(log.names),
        "sure": sorted(log.sure),
        "used": sorted(log.used),
        "persistent": log.persistent,
        "stop": stop,
    }


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for code in EXTENSION_CODES:
        copyreg.add_extension("extmod", f"Ext{code}", code)
    stdin, stdout = sys.stdin.buffer, sys.stdout
    while True:
        head = stdin.read(4)
        if len(head) < 4:
            return
        data = stdin.read(struct.unpack("<I", head)[0])
        signal.setitimer(signal.ITIMER_REAL, 5)  # its default action ends the process
        result = answer(data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        stdout.write(json.dumps(result) + "\n")
        stdout.flush()


if __name__ == "__main__":
    main()
