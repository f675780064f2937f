"""Build one package: a world for each version, its verdicts, the merged file, a review report."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .emit import Head, Merged, Scope, merge
from .fetch import STDLIB, Plan, Release, cached, stdlib_archive
from .forms import Catalogue, Decider
from .index import World
from .reviewed import Reviewed
from .sources import Tree, read_archive, read_stdlib, read_stdlib_archive, stdlib_folder

# What wheels install beside their package, mostly by accident: a name that others bear, too.
NOT_COVERED = frozenset(
    {"tests", "test", "docs", "doc", "examples", "example", "pl_examples", "asv_bench", "data"}
    | {"benchmarks", "benchmark", "scripts", "bin", "tools", "training", "build", "build_tools"}
    | {"setup", "conftest", "extension_templates", "pylint_plugins", "pydevd_plugins", "_contrib"}
    | {"flaxlib_src"}
)


class Library:
    """Trees of all fetched releases, read once."""

    def __init__(self, cache: Path, plan: Plan, interpreters: Iterable[str]) -> None:
        self.cache = cache
        self.plan = plan
        self.interpreters = interpreters
        self._trees: dict[Release, Tree | None] = {}
        self._stdlib: dict[str, Tree] | None = None

    def tree(self, release: Release) -> Tree | None:
        """The modules of a release; None if it was not fetched."""
        if release not in self._trees:
            kept = cached(self.cache, release)
            made = read_archive(release.package, release.version, kept) if kept else None
            self._trees[release] = made
        return self._trees[release]

    def stdlib(self) -> dict[str, Tree]:
        """Standard libraries of the interpreters installed here, and those fetched, by version."""
        if self._stdlib is None:
            found: dict[str, Tree] = {}
            for interpreter in self.interpreters:
                if place := stdlib_folder(interpreter):
                    version, folder, built_in = place
                    found[version] = read_stdlib(version, folder, built_in)
                elif interpreter.removeprefix("python") not in self.plan.stdlib:
                    print(f"{interpreter}: not here, not covered", file=sys.stderr)
            for version in self.plan.stdlib:
                archive = stdlib_archive(self.cache, version)
                if version not in found and archive.exists():
                    found[version] = read_stdlib_archive(version, archive)
            self._stdlib = found
        return self._stdlib

    def versions(self, package: str) -> Iterator[Tree]:
        """The trees of a package, oldest first."""
        if package == STDLIB:
            yield from self.stdlib().values()
            return
        *older, newest = self.plan.every()[package]
        for release in (*older, newest):
            if tree := self.tree(release):
                yield tree
                if release in older:
                    del self._trees[release]  # nothing else asks for it
            else:
                print(f"{package} {release.version}: not fetched, not covered", file=sys.stderr)

    def others(self, package: str) -> list[Tree]:
        """Newest release of every other package, then the newest standard library."""
        newest = [
            tree
            for name, releases in self.plan.every().items()
            if name != package and (tree := self._newest(releases))
        ]
        return newest if package == STDLIB else [*newest, list(self.stdlib().values())[-1]]

    def _newest(self, releases: list[Release]) -> Tree | None:
        return next((t for r in reversed(releases) if (t := self.tree(r))), None)


def build(
    library: Library, package: str, reviewed: Reviewed
) -> tuple[Merged, dict[str, Catalogue]]:
    """Decide every version of a package and merge them."""
    others = library.others(package)
    scope: Scope = "effects" if package in library.plan.known else "names"
    versions: dict[str, Catalogue] = {}
    read: dict[str, str] = {}
    modules: set[str] = set()
    for tree in library.versions(package):
        modules.update(m for m in tree.packages() if _is_covered(m.partition(".")[0]))
        read[tree.version] = tree.digest()
        world = World(tree, others, reviewed)
        decider = Decider(world, reviewed, package == STDLIB, effects_only=scope == "effects")
        versions[tree.version] = {
            m: names for m, names in decider.decide().items() if _is_covered(m.partition(".")[0])
        }
    head = Head(package, scope, read, sorted(modules))
    return merge(head, versions, reviewed), versions


def _is_covered(top: str) -> bool:
    return top not in NOT_COVERED and not top.endswith(("__mypyc", "_tests"))
