"""Allowed callables that are given what makes them dangerous."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evasions.assembler import Built, call, named, new, stream
from tests.helpers.scanning import rules_of, scan_bytes

COUNT = call("itertools:count")
MUCH = 10**11
OBJECT = named("builtins:object")

HOSTILE: dict[str, Any] = {
    "endless: a class without conditions": call("collections:UserList", COUNT),
    "endless: inside a container": call(
        "collections:UserDict", [("a", call("itertools:cycle", [1]))]
    ),
    "endless: instantiated": new("builtins:tuple", COUNT),
    "endless: by a function": call("builtins:sum", COUNT),
    "endless: searched": call("operator:contains", COUNT, "x"),
    "endless: bound for later": call(
        "collections:defaultdict", call("functools:partial", named("builtins:list"), COUNT)
    ),
    "size: instantiated": new("builtins:bytes", MUCH),
    "size: through copyreg": call("copyreg:__newobj__", named("builtins:bytes"), MUCH),
    "size: the state of a base": call(
        "copyreg:_reconstructor", named("builtins:bytes"), named("builtins:bytes"), MUCH
    ),
    "size: a storage": call("torch:FloatStorage", MUCH),
    "size: a scalar": call("numpy:void", 2 * 10**9),
    "size: a width": call("builtins:format", 1, "2000000000d"),
    "size: an exponent": call("fractions:Fraction", "1e1000000000"),
    "size: bound for later": call(
        "collections:defaultdict", call("functools:partial", named("builtins:bytearray"), MUCH)
    ),
    "size: bound by the state": Built(
        call("functools:partial", named("builtins:bytearray")),
        (named("builtins:bytearray"), (MUCH,), {}, None),
    ),
    "size: doubled by each call": call("operator:iconcat", ["a"], ["a"]),
    "dispatch: a rebuilder that is no array's": call(
        "jax._src.array:_reconstruct_array", named("builtins:bytearray"), (MUCH,), None, None
    ),
    "shared: attributes of a class": call(
        "torch._utils:_set_obj_state", named("torch.nn.modules.module:Module"), {"training": 1}
    ),
    "shared: a logger": Built(call("logging:getLogger", "root"), {"disabled": True}),
    "shared: a member of an enumeration": Built(call("http:HTTPStatus", 404), {"_value_": 200}),
}

HONEST: dict[str, Any] = {
    "a counter": call("itertools:count", 3),
    "an iterator over data": Built(call("itertools:cycle", call("builtins:iter", [1])), ([1], 0)),
    "a counter kept by an object": Built(
        new("sklearn.svm._classes:SVC"), {"_ids": call("itertools:count", 3)}
    ),
    "an identifier of protocol 1": call("copyreg:_reconstructor", named("uuid:UUID"), OBJECT, None),
    "a dict's subclass of protocol 1": call(
        "copyreg:_reconstructor", named("collections:Counter"), named("builtins:dict"), {"a": 1}
    ),
    "a factory of data": call(
        "collections:defaultdict",
        Built(
            call("functools:partial", named("collections:defaultdict")),
            (named("collections:defaultdict"), (named("builtins:int"),), {}, None),
        ),
    ),
    "a storage's class": (named("torch:FloatStorage"), "0", "cpu"),
    "a fraction": call("fractions:Fraction", "-1/3"),
    "operators held": {"op": named("operator:add"), "agg": named("numpy:add")},
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_argument_is_found(value: Any) -> None:
    severities = rules_of(scan_bytes(stream(value))).values()
    assert {"high", "critical"} & set(severities)


@pytest.mark.parametrize("value", HONEST.values(), ids=HONEST.keys())
def test_an_honest_argument_is_silent(value: Any) -> None:
    report = scan_bytes(stream(value))
    assert (report.verdict, report.complete, report.findings) == ("clean", True, [])
