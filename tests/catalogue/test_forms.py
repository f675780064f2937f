"""The generator on small synthetic packages with known answers."""

from __future__ import annotations

import textwrap
from functools import partial

import pytest

from tools.catalogue.emit import value
from tools.catalogue.forms import Catalogue, Decider, Verdict
from tools.catalogue.index import World
from tools.catalogue.reviewed import Decision, Reviewed
from tools.catalogue.sources import Tree

STDLIB = {
    "abc": "class ABCMeta(type): ...\nclass ABC(metaclass=ABCMeta): ...",
    "os": "from posix import system, unlink",
    "socket": "def create_connection(address): ...",
}
SINKS = {
    "os.system": "command",
    "posix.system": "command",
    "os.unlink": "file",
    "builtins.exec": "code",
    "builtins.eval": "code",
    "builtins.open": "file",
    "builtins.__import__": "resolve",
    "importlib.import_module": "resolve",
    "socket.create_connection": "network",
}


# Only what some `__reduce__` calls may be called: here, whatever is under test.
REDUCERS = """
class Reduced:
    def __reduce__(self): return f, ()
"""


def reviewed() -> Reviewed:
    knowledge = Reviewed()
    for name, effect in SINKS.items():
        knowledge.sinks.add(name, effect)
    for name in ("object", "dict", "list", "tuple", "Exception", "int"):
        knowledge.allow.add(f"builtins.{name}", Decision("nscv", "data"))
    knowledge.allow.add("enum.Enum", Decision("nscv", "data"))
    for pattern in ("functools.*", "warnings.*", "math.*", "dataclasses.*"):
        knowledge.inert.add(pattern, "computes")
    return knowledge


def tree(package: str, files: dict[str, str]) -> Tree:
    made = Tree(package, "1")
    for name, text in files.items():
        raw = textwrap.dedent(text).encode()
        made.add(name if "." in name else f"{name}.py", partial(bytes, raw))
    return made


def decide(files: dict[str, str], knowledge: Reviewed | None = None) -> Catalogue:
    knowledge = knowledge or reviewed()
    world = World(tree("pkg", files), [tree("cpython", STDLIB)], knowledge)
    return Decider(world, knowledge).decide()


def one(source: str, name: str) -> Verdict:
    return decide({"pkg/__init__.py": "", "pkg/m.py": textwrap.dedent(source) + REDUCERS})["pkg.m"][
        name
    ]


@pytest.mark.parametrize(
    ("source", "forms"),
    [
        ("class A: pass", "nsv"),
        ("class A:\n    def __init__(self, x): self.x = x", "nsv"),
        ("class A:\n    def __reduce__(self): return type(self), ()", "nscv"),
        ("class A(dict): pass", "nsv"),
        ("class A(Exception): pass", "nscv"),
        ("import collections\nA = collections.namedtuple('A', 'x y')", "nscv"),
        # __new__
        ("class A:\n    def __new__(cls, x):\n        return super().__new__(cls)", "nsv"),
        ("import os\nclass A:\n    def __new__(cls, x):\n        os.system(x)", ""),
        # state
        ("class A:\n    def __setstate__(self, s): self.__dict__.update(s)", "nsv"),
        ("class A:\n    def __setstate__(self, s): vars(self).update(s)", "nsv"),
        ("class A:\n    def __setstate__(self, s): vars(s[0]).update(s[1])", "nv"),
        ("class A:\n    def __setstate__(self, s): exec(s['code'], self.__dict__)", "nv"),
        ("class A:\n    def __setstate__(self, s): s['f'](s['x'])", "nv"),
        ("class A:\n    def __setstate__(self, s):\n        self.f = s\n        self.f()", "nv"),
        # what runs without being asked
        ("import os\nclass A:\n    def __del__(self): os.unlink(self.path)", "c"),
        ("import os\nclass A:\n    def __setattr__(self, k, v): os.system(v)", "nv"),
        ("class A:\n    def __setitem__(self, k, v): eval(k)", "nv"),
        (
            "class A:\n    @property\n    def x(self): ...\n    @x.setter\n"
            "    def x(self, v): exec(v)",
            "nv",
        ),
        ("class A:\n    def __getattr__(self, name): return __import__(name)", "nv"),
        ("class A:\n    def s(self, v): exec(v)\n    x = property(None, s)", "nv"),
        ("class A:\n    def s(self, v): exec(v)\n    x = property(fset=s)", "nv"),
        (
            "class D:\n    def __set__(self, i, v): exec(v)\nclass A:\n    x = D()",
            "nv",
        ),
        ("class A:\n    def run(self, v): exec(v)\n    __hash__ = run", "nv"),
        ("class A: pass\ndef s(self, x): exec(x)\nA.__setstate__ = s", "nv"),
        ("class A:\n    def __setstate__(self, s): self.x", "nsv"),
        (
            "class A:\n    @property\n    def x(self): exec(self.y)\n"
            "    def __setstate__(self, s): self.x",
            "nv",
        ),
        (
            "import os\nclass A:\n    match os.name:\n        case 'nt':\n"
            "            def __setstate__(self, s): pass\n        case _:\n"
            "            def __setstate__(self, s): exec(s)",
            "nv",
        ),
        # what another callable runs when it is given the object as data
        ("class A:\n    def __iter__(self): yield open(self.path)", "nsv"),
        ("class A:\n    def __iter__(self): yield eval(self.x)", "nv"),
        ("class A:\n    def __len__(self): return eval(self.n)", "nv"),
        ("class A:\n    def __array__(self): return eval(self.n)", "nv"),
        # __init__
        ("import os\nclass A:\n    def __init__(self, x): os.system(x)", "ns"),
        ("class A:\n    def __init__(self, f): self.y = f()", "nsv"),
        ("class A:\n    def __class_getitem__(cls, item): exec(item)", "nsv"),
        # unknown bases and metaclasses
        ("from elsewhere import B\nclass A(B): pass", ""),
        ("from elsewhere import M\nclass A(metaclass=M): pass", ""),
        ("from abc import ABC\nclass A(ABC): pass", "nsv"),
        (
            "class M(type):\n    def __call__(cls, x): exec(x)\nclass A(metaclass=M): pass",
            "ns",
        ),
        (
            "import six\nclass M(type):\n    def __call__(cls, x): exec(x)\n"
            "class A(six.with_metaclass(M, object)):\n    def __reduce__(self): return A, ()",
            "ns",
        ),
        (
            "import enum\nclass A(enum.Enum):\n    @classmethod\n"
            "    def _missing_(cls, value): return eval(value)",
            "ns",
        ),
        (
            "import dataclasses\n@dataclasses.dataclass\nclass B: pass\n"
            "class A(B):\n    def __post_init__(self): exec(self.x)",
            "ns",
        ),
        # decorators
        ("from elsewhere import deco\n@deco\nclass A: pass", ""),
        (
            "def deco(cls):\n    class W(cls):\n        def __setstate__(self, s): exec(s)\n"
            "    return W\n@deco\nclass A: pass",
            "",
        ),
        (
            "def deco(cls):\n    setattr(cls, '__setstate__', exec)\n    return cls\n"
            "@deco\nclass A: pass",
            "",
        ),
        ("import functools\n@functools.total_ordering\nclass A: pass", "nsv"),
        (
            "def rewire(cls):\n    cls.__setstate__ = lambda s, x: exec(x)\n    return cls\n"
            "@rewire\nclass A: pass",
            "",
        ),
    ],
)
def test_classes(source: str, forms: str) -> None:
    verdict = one(source, "A")
    assert verdict.is_class
    if forms == "c":  # `__del__` forbids every form
        forms = ""
    assert verdict.forms == forms, verdict.reasons


@pytest.mark.parametrize(
    ("source", "forms"),
    [
        ("def f(x): return x + 1", "cv"),
        ("def f(x): return max(x, 0)", "cv"),
        ("def f(x): return [len(y) for y in x]", "cv"),
        ("def f(x): raise ValueError(x)", "cv"),
        ("def f(x): return x.reshape(-1).sum()", "cv"),
        ("import math\ndef f(x): return math.sqrt(x)", "cv"),
        ("def g(x): return x\ndef f(x): return g(x)", "cv"),
        ("def g(x): return f(x)\ndef f(x): return g(x)", "cv"),
        # what the caller gives is called
        ("def f(x): return x()", ""),
        ("def f(g, *args): return g(*args)", ""),
        ("def f(g, x): return map(g, x)", ""),
        ("def f(x, key=None): return sorted(x, key=key)", ""),
        ("def f(g):\n    def inner(): return g()\n    return inner()", ""),
        ("def f(g):\n    h = g\n    return h()", ""),
        ("def g(h, x): return h(x)\ndef f(x): return g(len, x)", "cv"),
        ("def g(h, x): return h(x)\ndef f(h, x): return g(h, x)", ""),
        ("def f(x): return (lambda y: y + 1)(x)", "cv"),
        ("def f(x): return (lambda g: g())(x)", ""),
        ("TABLE = {'a': len, 'b': abs}\ndef f(k, x): return TABLE[k](x)", "cv"),
        # names given as data
        ("def f(x, name): return getattr(x, name)", "v"),
        ("def f(x): return getattr(x, 'shape')", "cv"),
        ("def f(x, name): return getattr(x, name)()", ""),
        ("def f(name): return globals()[name]", ""),
        # methods of unknown objects
        ("def f(x): return x.frobnicate()", "v"),
        ("def f(x): return x.save()", ""),
        ("def f(x): return x.system()", ""),
        # effects
        ("import os\ndef f(x): os.system(x)", ""),
        ("from os import system as harmless\ndef f(x): harmless(x)", ""),
        ("import os as o\nrun = o.system\ndef f(x): run(x)", ""),
        ("def f(x): return eval(x)", ""),
        ("def f(x):\n    import os\n    os.system(x)", ""),
        ("def g(h, x): return h(x)\nimport os\ndef f(x): return g(os.system, x)", ""),
        # decorators
        ("import functools\n@functools.lru_cache\ndef f(x): return x", "cv"),
        (
            "import functools\ndef deco(fn):\n    @functools.wraps(fn)\n"
            "    def wrapper(*a): return fn(*a)\n    return wrapper\n"
            "@deco\ndef f(x): return x",
            "cv",
        ),
        ("def deco(fn):\n    exec('x')\n    return fn\n@deco\ndef f(x): return x", ""),
        (
            "def deco(fn=None):\n    def inner(g):\n        return lambda *a: g(*a)\n"
            "    return inner if fn is None else inner(fn)\n@deco\ndef f(x): return x",
            "cv",
        ),
        (
            "def deco(fn):\n    def wrap(x): return x()\n    return wrap\n"
            "@deco\ndef f(x): return x",
            "",
        ),
        # functions made by functions
        (
            "def make(n):\n    def g(x): return [x] * n\n    return g\n"
            "pair = make(2)\ndef f(x): return pair(x)",
            "cv",
        ),
        ("import os\ndef make(g): return g\nrun = make(os.system)\ndef f(x): return run(x)", ""),
        (
            "import os\ndef make(g):\n    def h(x): return g(x)\n    return h\n"
            "run = make(os.system)\ndef f(x): return run(x)",
            "",
        ),
        ("from elsewhere import deco\n@deco\ndef f(x): return x", ""),
        # generic functions
        (
            "import functools\n@functools.singledispatch\ndef f(x): return x\n"
            "@f.register\ndef _(x: str): return eval(x)",
            "",
        ),
    ],
)
def test_functions(source: str, forms: str) -> None:
    verdict = one(source, "f")
    assert verdict.forms == forms, verdict.reasons


def test_effect_is_explained_by_the_shortest_way() -> None:
    source = """
        import socket
        def deep(x): return shallow(x)
        def shallow(x): return socket.create_connection(x)
        def f(x):
            deep(x)
            return shallow(x)
    """
    effect = one(source, "f").effect
    assert effect is not None
    assert effect.kind == "network"
    assert effect.path == ("f", "shallow", "socket.create_connection")


def test_inherited_methods_run_on_the_class_in_hand() -> None:
    source = """
        import os
        class Base:
            def __setstate__(self, state): self.restore(state)
            def restore(self, state): self.state = state
        class Sub(Base):
            def restore(self, state): os.system(state)
    """
    assert one(source, "Base").forms == "nsv"
    assert one(source, "Sub").forms == "nv"


def test_bases_are_found_through_reexports_aliases_and_stars() -> None:
    found = decide(
        {
            "pkg/__init__.py": "from pkg._base import Base as Alias",
            "pkg/_base.py": "import os\nclass Base:\n    def __setstate__(self, s): os.system(s)",
            "pkg/star.py": "from pkg import *\nfrom pkg import Alias",
            "pkg/m.py": "from . import star\nclass A(star.Alias): pass",
        }
    )
    assert found["pkg.m"]["A"].forms == "nv"
    assert found["pkg"]["Alias"].forms == "nv"


def test_every_branch_of_a_conditional_base_counts() -> None:
    found = decide(
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "class Good: pass",
            "pkg/b.py": "class Bad:\n    def __setstate__(self, s): exec(s)",
            "pkg/m.py": """
                try:
                    from pkg.a import Good as Base
                except ImportError:
                    from pkg.b import Bad as Base
                class A(Base): pass
            """,
        }
    )
    assert found["pkg.m"]["A"].forms == "nv"


def test_only_what_a_reducer_names_may_be_called() -> None:
    source = """
        class A:
            def __reduce__(self): return make, (1,)
        def make(x): return x
        def other(x): return x
    """
    assert one(source, "make").forms == "cv"
    assert one(source, "other").forms == "v"


def test_stubs_prove_nothing_but_names() -> None:
    files = {"pkg/__init__.py": "", "pkg/c.pyi": "class A:\n    def __init__(self) -> None: ..."}
    verdict = decide(files)["pkg.c"]["A"]
    assert verdict.is_class
    assert verdict.forms == ""


def test_a_source_wins_over_its_stub() -> None:
    files = {"pkg/__init__.py": "", "pkg/m.py": "class A: pass", "pkg/m.pyi": "class B: ..."}
    assert set(decide(files)["pkg.m"]) == {"A"}


def test_reviewed_names_go_before_the_analysis() -> None:
    knowledge = reviewed()
    knowledge.allow.add("pkg.m.f", Decision("c", "read by a person"))
    knowledge.deny.add("pkg.m.*", "none of a model's business")
    files = {"pkg/__init__.py": "", "pkg/m.py": "def f(x): return x()\nclass A: pass"}
    found = decide(files, knowledge)["pkg.m"]
    assert found["f"].forms == "c"
    assert found["A"].forms == ""
    assert found["A"].reasons == {"nscv": "none of a model's business"}


def test_tests_of_a_package_are_not_covered() -> None:
    found = decide({"pkg/__init__.py": "", "pkg/tests/test_a.py": "class A: pass"})
    assert "pkg.tests.test_a" not in found


def test_source_that_does_not_parse_is_left_out() -> None:
    found = decide({"pkg/__init__.py": "", "pkg/m.py": "class A(:", "pkg/n.py": "class B: pass"})
    assert "pkg.m" not in found
    assert found["pkg.n"]["B"].forms == "nsv"


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("class A:\n    def __setstate__(self, s): exec(s)", ("A.__setstate__", "builtins.exec")),
        ("class A:\n    def __del__(self): exec(self.x)", ("A.__del__", "builtins.exec")),
        ("class A:\n    def __new__(cls, x): exec(x)", ("A.__new__", "builtins.exec")),
        ("class A:\n    def __init__(self, x): exec(x)", None),
    ],
)
def test_what_a_load_runs_unasked_is_told_from_what_a_call_does(
    source: str, way: tuple[str, ...] | None
) -> None:
    unasked = one(source, "A").unasked
    assert (unasked and unasked.path) == way


def test_an_effect_that_runs_unasked_bears_the_name_of_what_runs() -> None:
    source = "import os\nclass A:\n    def close(self): os.unlink(self.path)\n    __del__ = close"
    unasked = one(source, "A").unasked
    assert unasked is not None
    assert unasked.path == ("A.__del__", "A.close", "os.unlink")
    assert (value(one(source, "A")) or "").startswith("~n file A.__del__")


def test_methods_and_imported_names_of_a_known_package() -> None:
    source = """
    from os import system as run
    import os
    class A:
        def go(self, x): os.system(x)
        @staticmethod
        def take(path): return path.read_text()
        def rest(self): return 1
    """
    files = {"pkg/__init__.py": "", "pkg/m.py": source}
    knowledge = reviewed()
    world = World(tree("pkg", files), [tree("cpython", STDLIB)], knowledge)
    found = Decider(world, knowledge, effects_only=True).decide()["pkg.m"]
    told = {name: verdict.effect and verdict.effect.kind for name, verdict in found.items()}
    assert told == {
        "A": None,
        "A.go": "command",
        "A.take": "file",
        "A.rest": None,
        "run": "command",
    }
