"""The textual form of facts: what is written is read back as the same fact."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core import facts as f
from modelassay.core.graph import Entry, Network, Node, Part
from modelassay.core.notation import describe, show
from modelassay.core.notation_reader import NotationError, read, read_value
from modelassay.core.values import (
    Const,
    Extension,
    Made,
    Mapping,
    Name,
    Persistent,
    Sequence,
    Unknown,
    Value,
)

HOSTILE = st.text(st.characters(), max_size=12)  # surrogates and control characters included
WORDS = st.from_regex(r"[a-z][a-z_]{0,8}(-[a-z]{1,5}){0,2}", fullmatch=True)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    HOSTILE,
    st.binary(max_size=12),
)
PREVIEWS = st.builds(Const, HOSTILE | st.binary(max_size=12), st.integers(13, 10**9))
NAMES = st.builds(Name, WORDS | HOSTILE, WORDS | HOSTILE | st.just("A.<locals>.b"))


def _inner(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    several = st.lists(values, max_size=3).map(tuple)
    keywords = st.lists(st.tuples(WORDS | HOSTILE, values), max_size=2).map(tuple)
    return st.one_of(
        st.builds(Sequence, st.sampled_from(["tuple", "list", "frozenset"]), several),
        st.builds(Sequence, st.just("set"), several),
        st.builds(Mapping, st.lists(st.tuples(values, values), max_size=3).map(tuple)),
        st.builds(Made, values, several, keywords, st.booleans()),
        st.builds(Persistent, values),
    )


LEAVES: st.SearchStrategy[Value] = st.one_of(
    st.builds(Const, SCALARS),
    PREVIEWS,
    NAMES,
    st.builds(Extension, st.integers(1, 2**31)),
    st.builds(Unknown, st.sampled_from(["", "too deep", "popped"])),
)
VALUES = st.recursive(LEAVES, _inner, max_leaves=8)

PLACES = st.one_of(
    st.none().map(lambda _: f.Location()),
    st.integers(0).map(f.Location),
    st.sampled_from(["op 17", "node[3]", "a.b/c-d:0"]).map(lambda path: f.Location(path=path)),
)
SIZES = st.none() | st.integers(0)
MANY = st.lists(VALUES, max_size=3).map(tuple)
TEXTS = WORDS | HOSTILE.filter(bool)
CODE_NAMES = st.builds(f.CodeReference, TEXTS | st.just("x3"), st.booleans())

WORD_LISTS = st.lists(WORDS | HOSTILE | st.sampled_from(["_", "entry", "in"]), max_size=3).map(
    tuple
)
NODES = st.fixed_dictionaries(
    {
        "op": WORDS | HOSTILE,
        "inputs": WORD_LISTS,
        "outputs": WORD_LISTS,
        "domain": WORDS | HOSTILE,
        "attrs": st.lists(st.tuples(WORDS | HOSTILE, VALUES), max_size=2).map(tuple),
        "calls": st.lists(st.tuples(WORDS | HOSTILE, WORDS), max_size=2).map(tuple),
    }
).map(lambda given: Node(**given))
PARTS = st.fixed_dictionaries(
    {
        "name": WORDS | HOSTILE | st.just("entry"),
        "inputs": WORD_LISTS,
        "outputs": WORD_LISTS,
        "nodes": st.lists(NODES, max_size=3),
        "constants": st.dictionaries(WORDS | HOSTILE, VALUES, max_size=2),
        "parent": st.none() | WORDS,
    }
).map(lambda given: Part(**given))
ENTRIES = st.builds(Entry, WORDS, WORDS | HOSTILE, WORDS, WORD_LISTS)
NETWORKS = st.tuples(st.lists(PARTS, max_size=2), st.lists(ENTRIES, max_size=2)).map(
    lambda given: Network(*given)
)

FIELDS: dict[type[f.Fact], dict[str, st.SearchStrategy[object]]] = {
    f.Import: {"name": NAMES, "how": st.sampled_from(["literal", "computed"]), "operands": MANY},
    f.Call: {"callable": VALUES, "args": MANY, "via": st.sampled_from(["call", "new"])},
    f.StateUpdate: {
        "target": VALUES,
        "state": VALUES,
        "via": st.sampled_from(["state", "item", "append"]),
    },
    f.Lookup: {"value": VALUES},
    f.Template: {
        "does": st.sampled_from(["get", "call", "filter", "test", "loop", "load", "emit"]),
        "chain": st.lists(HOSTILE, min_size=1, max_size=3).map(tuple),
        "args": MANY,
        "when": st.lists(HOSTILE, max_size=2).map(tuple),
    },
    f.Code: {
        "name": HOSTILE,
        "language": WORDS,
        "references": st.lists(CODE_NAMES, max_size=3).map(tuple),
    },
    f.Layer: {
        "class_name": HOSTILE,
        "module": st.none() | HOSTILE,
        "registered_name": st.none() | HOSTILE,
        "name": HOSTILE,
        "config": VALUES,
    },
    f.Reference: {"target": HOSTILE, "role": TEXTS},
    f.Member: {
        "name": HOSTILE,
        "type": st.sampled_from(["file", "symlink"]),
        "size": SIZES,
        "stored": SIZES,
        "target": st.none() | HOSTILE,
    },
    f.Graph: {"dialect": WORDS, "network": NETWORKS},
    f.Tensor: {
        "name": HOSTILE,
        "dtype": TEXTS,
        "shape": st.lists(st.integers(0), max_size=3).map(tuple),
    },
    f.Metadata: {"key": HOSTILE, "value": VALUES},
    f.Executable: {"type": WORDS, "size": SIZES},
    f.Anomaly: {"kind": WORDS, "message": HOSTILE, "values": MANY},
    f.Opaque: {"size": st.integers(0), "role": WORDS},
    f.Payload: {"type": TEXTS, "place": HOSTILE, "size": st.integers(0), "sha256": HOSTILE},
    f.Credential: {
        "type": TEXTS,
        "shown": HOSTILE,
        "size": st.integers(0),
        "sha256": HOSTILE,
        "proof": st.sampled_from(["checksum", "structure", "form"]),
    },
    f.Signature: {
        "name": TEXTS,
        "source": st.sampled_from(["ours", "user"]),
        "severity": HOSTILE,
        "text": HOSTILE,
        "meta": st.lists(st.tuples(HOSTILE, HOSTILE), max_size=2).map(tuple),
    },
    f.Limit: {"name": WORDS, "message": HOSTILE},
}
PLACED: dict[str, st.SearchStrategy[object]] = {"at": PLACES, "count": st.integers(1, 10**6)}


def _facts(kind: type[f.Fact]) -> st.SearchStrategy[f.Fact]:
    return st.fixed_dictionaries(FIELDS[kind] | PLACED).map(lambda given: kind(**given))


@given(VALUES)
def test_a_value_is_read_back(value: Value) -> None:
    text = show(value)
    assert text.isprintable()
    assert show(read_value(text)) == text


@pytest.mark.parametrize("kind", f.KINDS.values(), ids=list(f.KINDS))
@given(data=st.data())
@settings(max_examples=60)
def test_a_fact_is_read_back(kind: type[f.Fact], data: st.DataObject) -> None:
    fact = data.draw(_facts(kind))
    text = describe(fact)
    assert text.isprintable()
    again = read(text)
    assert again == fact
    assert describe(again) == text


@pytest.mark.parametrize(
    "value",
    [
        Name("os", "system"),
        Name("info.nan", "inf"),
        Name("collections", "OrderedDict.fromkeys"),
        Made(Made(Name("a", "B"), new=True), (Const(1),)),
        Made(Made(Name("a", "B")), (Const(1),), new=True),
        Sequence("tuple", (Const(1),)),
        Sequence("frozenset", ()),
        Const(float("-inf")),
    ],
    ids=show,
)
def test_what_looks_alike_is_told_apart(value: Value) -> None:
    assert read_value(show(value)) == value


def test_what_is_left_out_shows() -> None:
    cut = Sequence("list", (Const(1),), more=7)
    assert show(cut) == "[1, ...]"
    assert show(read_value("[1, ...]")) == "[1, ...]"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nothing os.system",
        "import",
        "import system",
        "call 3",
        "call a.b(",
        "lookup 1 2",
        "@op 2",
    ],
)
def test_other_text_is_refused(line: str) -> None:
    with pytest.raises(NotationError):
        read(line)
