"""What source refers to: by its tree, and by its words where there is no tree."""

from __future__ import annotations

import pytest

from modelassay.core.facts import Code, Location
from modelassay.formats.base import Source
from modelassay.formats.pysource import parse, source_fact
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget


def _names(text: str) -> set[str]:
    fact = source_fact(text, "x", Location(0))
    assert fact.complete
    return {
        f"{one.name}({', '.join(one.args)})" if one.called else one.name for one in fact.references
    }


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.system('id')",
        "import os as o\no.system('id')",
        "from os import system as s\ns('id')",
        "from os import system\ndef f(x=system): x('id')",
        "def f(): return g('id')\nfrom os import system as g",
        "a, b = (__import__('os'), 1)\na.system('id')",
        "getattr(__import__('o' + 's'), 'metsys'[::-1])('id')",
        "import importlib\nm = importlib.import_module('os')\nm.system('id')",
        "__import__(f'{\"o\"}s').system('id')",
        "(lambda o: o.system('id'))(__import__('os'))",
        "def run(o): o.system('id')\nimport os\nrun(os)",
        "import operator, os\noperator.attrgetter('system')(os)('id')",
        "import sys\nsys.modules['os'].system('id')",
        "import os\nfor f in (print, os.system): f('id')",
        "import os\n(os if True else None).system('id')",
        "import os\nif (o := os): o.system('id')",
        "import os\nos.__getattribute__('system')('id')",
        "import os\nos.__dict__['system']('id')",
    ],
)
def test_the_call_is_found_under_its_name(text: str) -> None:
    assert "os.system('id')" in _names(text)


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "x = eval\nx('1')",
        "globals()['__builtins__']['eval']('1')",
        "__builtins__.__dict__['ev' + 'al']('1')",
        "import builtins as b\ngetattr(b, chr(101) + 'val')('1')",
    ],
)
def test_builtins_go_by_their_bare_name(text: str) -> None:
    assert "eval('1')" in _names(text)


def test_locals_are_not_told() -> None:
    assert _names("def forward(self, x):\n  y = self.layer(x)\n  return y") == {"self.layer(x)"}


def test_where_it_stands() -> None:
    fact = source_fact("class A:\n  def f(self): exec('1')\nprint(1)", "x", Location(0))
    assert {(one.name, one.path) for one in fact.references} == {("exec", "A.f"), ("print", "")}


@pytest.mark.parametrize(
    "text",
    [
        "print 'x'\nimport os\nos.system('id')",
        "def f(:\n  os.system('id')",
        "os.system('id')" + "(" * 5000,
        "os.system('id'); a" + ".b" * 200_000,
        "os.system('id'); " + "-" * 200_000 + "1",
        "os.system('id'); " + "a," * 200_000,
        "os.system('id')\n" + "# long\n" * 200_000,
    ],
    ids=["python 2", "broken", "nested", "chain", "unary", "many words", "long"],
)
def test_without_a_tree_the_words_are_told(text: str) -> None:
    fact = source_fact(text, "x", Location(0))
    assert not fact.complete
    assert ("os.system", True) in {(one.name, one.called) for one in fact.references}


def test_imports_by_name_without_a_tree() -> None:
    fact = source_fact("from os import path, system as s\nprint 1", "x", Location(0))
    assert {"os.path", "os.system"} <= {one.name for one in fact.references}


@pytest.mark.parametrize(
    "data",
    [
        b"# -*- coding: utf-7 -*-\n+AGUAdgBhAGw-('1')",
        b"# coding: unicode_escape\n\\x65val('1')",
        b"\xef\xbb\xbfeval('1')",
    ],
)
def test_encodings_hide_nothing(data: bytes) -> None:
    (fact,) = parse(Source(Memory(data), Budget()))
    assert isinstance(fact, Code)
    assert "eval" in {one.name for one in fact.references}


def test_an_unknown_encoding_is_told() -> None:
    fact, *more = parse(Source(Memory(b"# coding: secret\nprint(1)"), Budget()))
    assert isinstance(fact, Code)
    assert not fact.complete
    assert more
