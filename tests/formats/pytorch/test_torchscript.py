"""TorchScript source and mobile bytecode: what is told of them, what the rule makes of it."""

from __future__ import annotations

import io
import pickle
import zipfile

import pytest

from modelassay.formats.pytorch.torchscript.reader import read
from modelassay.io.budget import Budget
from tests.helpers.scanning import rules_of, scan_bytes

_HONEST = """class M(Module):
  __parameters__ = ["weight", ]
  training : bool
  packed : __torch__.torch.classes.quantized.LinearPackedParamsBase
  __annotations__["0"] = __torch__.torch.nn.Linear
  def forward(self: __torch__.M,
    input: Tensor) -> Tensor:
    _0 = "torch.save is 'only' text"  # ops.evil.op
    _1 = torch.conv2d(input, CONSTANTS.c0, None, [1, 1])
    if torch.ne(torch.dim(_1), 2):
      ops.prim.RaiseException(torch.format(_0, 1), "builtins.ValueError")
    return (self).helper(ops.quantized.linear(_1, getattr(self, "0")), )
"""


def _names(text: str) -> list[str]:
    found = read(text, Budget()).references
    return [f"{one.name}({', '.join(one.args)})" if one.called else one.name for one in found]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("torch.save(x, 'a' \"b\")", ["torch.ops.aten.save(ab)"]),
        ("y = torch . save", ["torch.ops.aten.save"]),
        ("(torch).save(x)", ["torch.ops.aten.save()"]),
        ("getattr(torch, 'sa\\x76e')(x)", ["torch.ops.aten.save()"]),
        ("getattr(getattr(ops, 'my'), \"op\")", ["torch.ops.my.op"]),
        ("getattr(\n  torch,\n  'save')(x)", ["torch.ops.aten.save()"]),
        ("a = torch\n", ["torch.ops.aten.*"]),
        ("a, b = (ops, ops.aten)", ["torch.ops.*", "torch.ops.aten.*"]),
        ("x.save('f')", ["?.save(f)"]),
        ("^Function(1)(x)", ["torch.ops.prim.PythonOp()"]),
        ("w : __torch__.torch.classes.my.C", ["torch.classes.my.C"]),
        ("rpc_sync('worker', f)", ["torch.ops.prim.rpc_sync(worker)"]),
        ("x = 'torch.save(1)'  # torch.save(2)", []),
        ("f(torch=1)", []),
        ("def torch(self): pass", []),
    ],
)
def test_what_is_named(text: str, names: list[str]) -> None:
    assert _names(text) == names


def test_where_it_stands() -> None:
    text = "class M(Module):\n  def __setstate__(self, s):\n    torch.save(s, 'x')\n"
    assert [one.path for one in read(text, Budget()).references] == ["M.__setstate__"]


@pytest.mark.parametrize("text", ["x = 'abc\ntorch.save(1)", '"""torch.add(1)', "(" * 6000])
def test_what_cannot_be_read_is_told(text: str) -> None:
    assert read(text, Budget()).fault


def test_what_stands_behind_a_broken_line_is_read() -> None:
    assert _names("x = 'abc\ny = )] torch.save(1)") == ["torch.ops.aten.save()"]


def _archive(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("m/data.pkl", pickle.dumps({}, 2))
        archive.writestr("m/constants.pkl", b"\x80\x02).")
        for name, data in members.items():
            archive.writestr(f"m/{name}", data)
    return made.getvalue()


def _script(source: str) -> bytes:
    return _archive(**{"code/__torch__.py": source.encode()})


def _bytecode(*operators: str, types: tuple[str, ...] = ()) -> bytes:
    table = (
        ("instructions", (("OP", 0, 0), ("RET", 0, 0))),
        ("operators", tuple((name, "", 2) for name in operators)),
        ("constants", ("/tmp/x",)),
        ("types", types),
        ("register_size", 2),
    )
    schema = (("arguments", ()), ("returns", ()))
    functions = (8, ("__torch__.M.forward", table, schema))
    return _archive(**{"bytecode.pkl": pickle.dumps(functions, 2)})


def test_honest_source_is_silent() -> None:
    report = scan_bytes(_script(_HONEST))
    assert report.complete
    assert not report.findings
    assert {artifact.format for artifact in report.artifacts} >= {"torchscript"}


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("torch.save(x, 'f')", "critical"),
        ("ops.aten.save(x, 'f')", "critical"),
        ("x.save('f')", "high"),
        ("y = torch.from_file('f')", "high"),
        ("t = torch", "high"),
        ("y = ops.image.write_file('f', x)", "critical"),
        ("y = ops.mine.op(x)", "medium"),
        ("y = __torch__.torch.classes.mine.C()", "medium"),
    ],
)
def test_hostile_source(line: str, severity: str) -> None:
    report = scan_bytes(_script(f"{_HONEST}    {line}\n"))
    assert rules_of(report) == {"torchscript-operator": severity}


def test_what_runs_on_loading_is_told() -> None:
    text = "class M(Module):\n  def {}(self, s):\n    torch.save(s, 'x')\n"
    for method, fires in (("__setstate__", "load"), ("forward", "inference")):
        report = scan_bytes(_script(text.format(method)))
        assert [finding.fires_at for finding in report.findings] == [fires]


def test_bytecode_is_read_by_itself() -> None:
    honest = _bytecode("aten::conv2d", "prim::unchecked_cast", types=("Tensor",))
    assert not scan_bytes(honest).findings
    assert rules_of(scan_bytes(_bytecode("aten::save")))["torchscript-operator"] == "critical"
    assert rules_of(scan_bytes(_bytecode("mine::op")))["torchscript-operator"] == "medium"
    typed = _bytecode("aten::add", types=("__torch__.torch.classes.mine.C",))
    assert rules_of(scan_bytes(typed))["torchscript-operator"] == "medium"
