"""Ask interpreters for every name of their standard library, and the scanner for each of them.

    python -m evals.stdlib [--python NAME]... [--archive ZIP] [--list]

Every module is imported in an interpreter of its own, and every callable it holds, with the methods
of its classes, is told. A pickle that calls the name has to be flagged at high or above, unless the
catalogue allows the call. Private modules and names count as well: a pickle may name them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from evals.corpus import HIGH, RANKS
from evals.pickles import heard
from modelassay.core.values import Name
from modelassay.rules import catalogue
from modelassay.rules.entries import conditions
from tools.catalogue.sources import read_stdlib_archive

INTERPRETERS = [f"python3.{minor}" for minor in range(8, 15)]
#: Not imported: they open windows, print, or belong to tests.
SKIPPED = ("antigravity", "this", "idlelib", "turtledemo", "test", "lib2to3", "__main__")
TELL = """
import contextlib, importlib, inspect, io, json, os, pkgutil, sys, sysconfig, warnings
warnings.simplefilter("ignore")
place = sysconfig.get_path("stdlib")
names = set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names)
names |= {m.name for m in pkgutil.iter_modules([place, os.path.join(place, "lib-dynload")])}
told, modules = set(), 0
def tell(module):
    global modules
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            found = importlib.import_module(module)
    except BaseException:
        return
    modules += 1
    for name, value in list(vars(found).items()):
        if not callable(value):
            continue
        told.add((module, name))
        if inspect.isclass(value) and value.__module__ == module:
            told.update((module, name + "." + n) for n, v in list(vars(value).items())
                        if callable(v) or isinstance(v, (staticmethod, classmethod)))
    for path in getattr(found, "__path__", ()):
        for inner in pkgutil.iter_modules([path]):
            if inner.name != "__main__" and inner.name not in SKIPPED and "test" not in inner.name:
                tell(module + "." + inner.name)
for name in sorted(names):
    if name not in SKIPPED and name != "site":
        tell(name)
json.dump([modules, sorted(told)], sys.__stdout__)
"""


def names_of(python: str) -> tuple[int, list[tuple[str, str]]]:
    """Ask an interpreter: how many modules it could import, and their names."""
    code = f"SKIPPED = {SKIPPED!r}\n{TELL}"
    try:
        done = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return 0, []
    if done.returncode:
        return 0, []
    modules, told = json.loads(done.stdout)
    return modules, [(module, name) for module, name in told]


def names_in(archive: Path) -> tuple[int, list[tuple[str, str]]]:
    """Read the names of a standard library whose interpreter is not here from its source."""
    tree = read_stdlib_archive("", archive)
    scopes = {module: tree.scope(module) for module in tree.files}
    names = [(module, name) for module, scope in scopes.items() if scope for name in scope.names]
    return len(scopes), names


def verdicts(names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield each name and what was said of a call of it."""
    asked = list(names)
    for (module, name), worst in zip(asked, heard("c", asked), strict=True):
        if worst >= HIGH:
            said = next(word for word, rank in RANKS.items() if rank == worst)
        elif "c" in catalogue.look_up(Name(module, name)).forms:
            said = "allowed"
        elif conditions(Name(module, name)) is not None:
            said = "allowed without arguments"
        else:
            said = "missed"
        yield module, name, said


def main() -> int:
    """Print one line for each interpreter, and what was missed; 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append")
    parser.add_argument("--archive", type=Path, help="a zipped standard library, as fetched")
    parser.add_argument("--list", action="store_true", help="print what is allowed, too")
    options = parser.parse_args()
    known: dict[tuple[str, str], str] = {}
    asked = [(python, *names_of(python)) for python in options.python or INTERPRETERS]
    if options.archive:
        asked.append((options.archive.parent.name, *names_in(options.archive)))
    for python, modules, names in asked:
        new = [name for name in names if name not in known]
        known.update({(module, name): said for module, name, said in verdicts(new)})
        said = Counter(known[name] for name in names)
        told = ", ".join(f"{count:,} {word}" for word, count in sorted(said.items()))
        print(f"{python}: {modules} modules, {len(names):,} callables: {told or 'not there'}")
    shown = {"missed", "allowed"} if options.list else {"missed"}
    for (module, name), word in sorted(known.items()):
        if word in shown:
            print(f"{word}: {module}.{name}")
    return 1 if "missed" in known.values() else 0


if __name__ == "__main__":
    sys.exit(main())
