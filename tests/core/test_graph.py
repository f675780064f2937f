"""Graphs answer what rules ask of them."""

from __future__ import annotations

from modelassay.core.facts import Graph
from modelassay.core.graph import Entry, Network
from modelassay.core.notation_reader import read
from modelassay.core.values import Const


def network(text: str) -> Network:
    fact = read(f"graph onnx {text}")
    assert isinstance(fact, Graph)
    return fact.network


CONTROL = network(
    "main(c, x) -> (y) { k: 3; u = Relu(x); y = If[then -> t, else -> e](c); z = Neg(x) } "
    "t() -> (a) in main { a = Add(u, k) } e() -> (b) in main { b = Identity(u) }"
)
CALLS = network(
    'main() -> () { p: "/x"; q: "name"; j = Join(p, s); c = f[function -> f](j, q); '
    'd = Other("^c") } f(a, b) -> (r) { w = WriteFile(a, b); r = Identity(b) } '
    "entry signature serve main(c)"
)


def test_a_slice_goes_into_parts_and_out_again() -> None:
    places = CONTROL.slice("main", ["y"])
    assert {CONTROL.node(place).op for place in places} == {"If", "Add", "Identity", "Relu"}


def test_a_slice_stops_where_it_is_told() -> None:
    places = CONTROL.slice("main", ["y"], stop={"If"})
    assert [CONTROL.node(place).op for place in places] == ["If"]


def test_all_of_a_function_that_is_called_is_reached() -> None:
    reached = CALLS.reached(CALLS.entries)
    assert {CALLS.node(place).op for place in reached} == {"Join", "f", "WriteFile", "Identity"}
    assert CALLS.reached([]) == set()
    nested = CALLS.reached([Entry("nested", "", "main")])
    assert len(nested) == 5


def test_what_only_runs_first_is_reached_and_hands_on_nothing() -> None:
    assert {CALLS.node(p).op for p in CALLS.slice("main", ["d"])} >= {"Other", "f", "Join"}
    assert [s.node.op for s in CALLS.sources("main", "d", {"Other"}) if s.node] == []


def test_sources_are_found_behind_calls_and_joins() -> None:
    sources = list(CALLS.sources("f", "a", {"Identity"}, {"Join"}))
    told = {(source.value, source.constant, source.joined) for source in sources}
    assert told == {("p", Const("/x"), False), ("s", None, True)}
    assert [s.constant for s in CALLS.sources("f", "b", ())] == [Const("name")]


def test_cycles_end() -> None:
    loop = network(
        "main() -> (a) { a = F[x -> main](b); b = Identity(a) } p() -> () in q {} q() -> () in p {}"
    )
    assert len(loop.slice("main", ["a"])) == 2
    assert len(loop.reached([Entry("signature", "", "main", ("a",))])) == 2
    assert list(loop.sources("main", "b", {"Identity", "F"})) == []
    assert loop.home("p", "nothing") == "p"


def test_an_excerpt_is_small_and_keeps_its_constants() -> None:
    places = list(CONTROL.slice("main", ["y"]))
    excerpt = CONTROL.excerpt(places, 3)
    assert sum(len(part.nodes) for part in excerpt.parts) == 3
    whole = CONTROL.excerpt(places)
    assert whole.by_name["t"].constants == {}
    assert CONTROL.excerpt([("main", 0)]).parts[0].nodes[0].op == "Relu"


def test_what_a_value_depends_on_is_followed_into_what_calls_its_part() -> None:
    assert CONTROL.depends("t", "a", {"x"})
    assert not CONTROL.depends("t", "a", {"x"}, stop={"Relu"})
    called = network("main(x, z) -> (y) { y = f[function -> f](x) } f(a) -> (b) { b = Relu(a) }")
    assert called.depends("f", "b", {"x"})
    assert not called.depends("f", "b", {"z"})
