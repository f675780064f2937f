"""Callables whose own source does something, and what is said of a pickle that calls them.

    python -m evals.dangers [NAME]... --cache DIR [--site DIR]... [--each N] [--seed N] [--list]

DIR is what `python -m tools.catalogue fetch` keeps, `--site` a folder of installed packages. Of
every package, or those named, the functions, methods and constructors are taken in whose own body
a primitive of `tools/catalogue/sinks.toml` is called by a name that an import binds. No call is
followed: this knows less than the generator, but has nothing from it. N of each package are drawn.
Of none may a scan be silent. Packages are `covered`, or `known` by what does something in them, or
`unknown`: of those only the words of names tell.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from evals.corpus import HIGH, MEDIUM, RANKS
from evals.pickles import heard
from modelassay.core.values import Name
from modelassay.rules import catalogue
from tools.catalogue.fetch import cached, read_plan
from tools.catalogue.reviewed import Reviewed, read_reviewed
from tools.catalogue.sources import Tree, is_test_module, read_archive

PLAN = Path(__file__).parents[1] / "tools/catalogue/packages.toml"
MAX_SITE_FILES = 3000


@dataclass(frozen=True)
class Danger:
    """A callable, the primitive that its body calls, and what that does."""

    package: str
    module: str
    name: str
    effect: str
    sink: str


def dangers(tree: Tree, reviewed: Reviewed) -> Iterator[Danger]:
    """Yield the callables of a release whose own body calls a primitive."""
    for module in tree.files:
        if is_test_module(module) or any(not part.isidentifier() for part in module.split(".")):
            continue
        try:
            parsed = ast.parse(tree.files[module].text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        bound = dict(_imports(parsed))
        for name, node in _callables(parsed.body):
            found = [*_sinks(node, {**bound, **dict(_imports(node))}, reviewed)]
            if found:
                sink, effect = min(found)
                yield Danger(tree.package, module, name, effect, sink)


def _callables(body: list[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in body:
        match node:
            case ast.FunctionDef(name="__init__" | "__new__") if outer:
                yield outer.rstrip("."), node
            case ast.FunctionDef(name=name) if not (outer and name.startswith("__")):
                yield outer + name, node
            case ast.ClassDef(name=name, body=inner) if not outer:
                yield from _callables(inner, f"{name}.")
            case _:
                pass


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for one in names:
                    yield (
                        one.asname or one.name.partition(".")[0],
                        (one.name if one.asname else one.name.partition(".")[0]),
                    )
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((one.asname or one.name, f"{module}.{one.name}") for one in names)
            case _:
                pass


def _sinks(node: ast.AST, bound: dict[str, str], reviewed: Reviewed) -> Iterator[tuple[str, str]]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            dotted = _dotted(call.func, bound)
            effect = reviewed.sinks.get(dotted)
            if effect and not dotted.endswith(("Error", "Exception", "Expired")):
                yield dotted, effect


def _dotted(func: ast.expr, bound: dict[str, str]) -> str:
    parts = []
    while isinstance(func, ast.Attribute):
        parts.append(func.attr)
        func = func.value
    if not isinstance(func, ast.Name):
        return ""
    first = bound.get(func.id, "" if parts else f"builtins.{func.id}")
    return ".".join((first, *reversed(parts))) if first else ""


def releases(cache: Path, names: list[str]) -> Iterator[Tree]:
    """Yield the newest release of every package of the plan, or of those named."""
    for package, planned in read_plan(PLAN).every().items():
        kept = cached(cache, planned[-1])
        if kept and package in (names or [package]):
            yield read_archive(package, planned[-1].version, kept)


def installed(site: Path) -> Iterator[Tree]:
    """Yield the packages of a folder of which nothing is known."""
    for folder in sorted(site.iterdir()):
        name = folder.name
        if not (folder / "__init__.py").exists() or catalogue.is_module(name):
            continue
        tree = Tree(name, "installed")
        for path in sorted(folder.rglob("*.py"))[:MAX_SITE_FILES]:
            relative = PurePosixPath(path.relative_to(site).as_posix())
            tree.add(str(relative), partial(path.read_bytes))
        yield tree


def kind(danger: Danger) -> str:
    """How much is known of the package of a callable."""
    entry = catalogue.look_up(Name(danger.module, danger.name))
    if entry.covered:
        return "covered"
    return "known" if catalogue.is_module(danger.module.partition(".")[0]) else "unknown"


def draw(trees: Iterable[Tree], each: int, seed: int) -> list[Danger]:
    """Draw callables of each package."""
    reviewed, chance = read_reviewed(), random.Random(seed)
    drawn: list[Danger] = []
    for tree in trees:
        found = sorted(set(dangers(tree, reviewed)), key=lambda d: (d.module, d.name))
        drawn += chance.sample(found, min(each, len(found)))
    return drawn


def main() -> int:
    """Print how many were flagged, and at what rank; 1 if anyone was silent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--site", type=Path, action="append", default=[])
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="print what is below high")
    parser.add_argument("--dump", type=Path, help="write what was drawn as JSON")
    parser.add_argument("--load", type=Path, help="ask of what another run has drawn")
    options = parser.parse_args()
    if options.load:
        drawn = [Danger(**row) for row in json.loads(options.load.read_bytes())]
    else:
        trees = [*releases(options.cache, options.names)] if options.cache else []
        trees += [tree for site in options.site for tree in installed(site)]
        drawn = draw(trees, options.each, options.seed)
    if options.dump:
        options.dump.write_text(json.dumps([asdict(danger) for danger in drawn]))
    return tell(drawn, options.list)


def tell(drawn: list[Danger], shown: bool) -> int:
    """Print the figures by what is known of the packages, and by effect."""
    ranks = list(heard("c", [(danger.module, danger.name) for danger in drawn]))
    words = {rank: word for word, rank in RANKS.items()} | {0: "silent"}
    for of in (kind, lambda danger: danger.effect):
        figures: dict[str, Counter[str]] = {}
        for danger, rank in zip(drawn, ranks, strict=True):
            figures.setdefault(of(danger), Counter())[words[rank]] += 1
        for group, counts in sorted(figures.items()):
            total = sum(counts.values())
            said = ", ".join(f"{counts[word]:,} {word}" for word in words.values() if counts[word])
            print(f"{group}: {total:,} tried, {said}")
        print()
    for danger, rank in zip(drawn, ranks, strict=True):
        if rank < MEDIUM or (shown and rank < HIGH):
            print(f"{words[rank]}: {danger.module}.{danger.name} ({danger.effect}: {danger.sink})")
    return 1 if min(ranks, default=HIGH) < MEDIUM else 0


if __name__ == "__main__":
    sys.exit(main())
