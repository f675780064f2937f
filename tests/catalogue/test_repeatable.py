"""A build gives the same bytes again, in whatever order things are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import permutations

from tests.catalogue.test_forms import decide, reviewed, tree
from tools.catalogue.emit import value
from tools.catalogue.index import World

#: Two ways of one length from every caller, and names that two modules take from each other.
FILES = {
    "pkg/__init__.py": "from .a import *\nfrom .b import *",
    "pkg/a.py": """
        import os
        try:
            from .b import shared, other
        except ImportError:
            def shared(x): return x
            def other(x): return x
        class A:
            def run(self, x): os.system(x)
            def drop(self, x): os.unlink(x); unlisted(x)
        """
    + "".join(f"\n        def f{n}(x): A().drop(x); A().run(x); x.y{n}()" for n in range(20)),
    "pkg/b.py": """
        try:
            from .a import shared, other
        except ImportError:
            def shared(x): exec(x)
            def other(x): return x
        def uses(x): return shared(other(x))
        """,
}


def told() -> list[str]:
    """Return all that is found, with its reasons."""
    return [
        f"{module}.{name} {value(verdict)} {verdict.reasons}"
        for module, verdicts in decide(FILES).items()
        for name, verdict in verdicts.items()
    ]


def test_two_processes_find_the_same() -> None:
    seeds = [
        subprocess.run(
            [sys.executable, "-m", __name__],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert "f0 !file f0 -> A.drop -> os.unlink" in seeds[0]
    assert len(set(seeds)) == 1


def test_what_was_asked_before_does_not_matter() -> None:
    asked = [(module, "shared", 1) for module in ("pkg", "pkg.a", "pkg.b", "pkg.c")]
    answers = set()
    for order in permutations(asked):
        world = World(tree("pkg", FILES), (), reviewed())
        found = {key: world.lookup(*key) for key in order}
        answers.add(str([sorted(set(map(str, found[key]))) for key in asked]))
    assert len(answers) == 1
    assert "pkg.a" in answers.pop()


if __name__ == "__main__":
    print("\n".join(told()))
