"""Modules of `torch.fx`: the source that unpickling them would run."""

from __future__ import annotations

import pytest

from tests.formats.exploring import archive
from tests.formats.pytorch.making import call, push, stream
from tests.helpers.scanning import rules_of, scan_bytes

_FX = ("torch.fx.graph_module", "reduce_graph_module")
_HONEST = "\ndef forward(self, x):\n    return torch.relu(getattr(self, '0')(x))\n"


def _rules(*modules: bytes) -> dict[str, str]:
    return rules_of(scan_bytes(archive({"m/data.pkl": stream(*modules)})))


def _module(imports: str, **body: object) -> bytes:
    return call(*_FX, push(body), push(imports))


def test_honest_source_is_code_and_no_more() -> None:
    assert _rules(_module("import torch", _code=_HONEST)) == {"code-by-value": "medium"}


@pytest.mark.parametrize(
    "module",
    [
        _module("import torch", _code="import os\nos.system('id')"),
        _module("import os\nos.system('id')", _code=_HONEST),
        _module("", code="__import__('os').system('id')"),
        _module("", _code="exec('1')", code=_HONEST),
    ],
)
def test_hostile_source_is_as_bad_as_what_it_reaches(module: bytes) -> None:
    assert _rules(module) == {"code-by-value": "critical"}


@pytest.mark.parametrize(
    "module",
    [
        _module("import torch", training=False),
        _module("import torch", _code=1),
        call(*_FX, call("collections", "OrderedDict"), push("")),
        call(*_FX, push({"_code": _HONEST}), call("builtins", "str")),
    ],
)
def test_source_that_cannot_be_read_is_critical_beside_some_that_can(module: bytes) -> None:
    assert "critical" in _rules(_module("import torch", _code=_HONEST), module).values()


@pytest.mark.parametrize("line", ["print('x')", "f = unknown(1)", "class A:\n    z = run()"])
def test_source_that_does_more_than_define_runs_at_load(line: str) -> None:
    assert _rules(_module("import torch", _code=f"{line}\n{_HONEST}")) == {"code-by-value": "high"}


def test_source_that_defines_is_code_and_no_more() -> None:
    imports = "import torch\nfrom torch import device\nNoneType = type(None)\ntorch.fx.wrap('f')"
    assert _rules(_module(imports, _code=_HONEST)) == {"code-by-value": "medium"}
