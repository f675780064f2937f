"""TorchScript for mobile as a flatbuffer: what PyTorch wrote, and what lies about it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from modelassay.core.facts import Code, Tensor
from tests.formats.exploring import DATA, explore
from tests.formats.wire import Table, flatbuffer, found
from tests.helpers.scanning import rules_of, scan_bytes

FOLDER = DATA / "torchscript-2.13.0"
FIRST = DATA / "torchscript-1.13.1"  # the first release that could write them
versions = pytest.mark.parametrize("folder", [FIRST, FOLDER], ids=lambda path: path.name)


def u32(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def read(name: str, folder: Path = FOLDER) -> bytes:
    return (folder / f"{name}.ff").read_bytes()


@versions
def test_an_honest_model_is_clean_and_complete(folder: Path) -> None:
    report = scan_bytes(read("honest_scripted", folder), "m.ff")
    assert rules_of(report) == {}
    assert report.complete
    assert report.artifacts[0].format == "pytorch-mobile"


@versions
def test_what_it_says(folder: Path) -> None:
    said = explore(folder / "honest_scripted.ff")
    names = {reference.name for code in said.of(Code) for reference in code.references}
    assert {"torch.ops.aten.conv2d", "torch.ops.aten.lstm"} <= names
    shapes = {tensor.shape: tensor for tensor in said.of(Tensor)}
    assert shapes[2, 1, 3, 3].dtype == "float32" and shapes[2, 1, 3, 3].size == 72


def test_operators_are_told_of_the_bytecode_itself() -> None:
    """The source beside it is for other loaders: the one of mobiles never looks at it."""
    assert (
        rules_of(
            scan_bytes(
                read("saves")
                .replace(b"ops.aten", b"ops.mine")
                .replace(b"torch.save", b"torch.abss")
            )
        )["torchscript-operator"]
        == "critical"
    )


@versions
def test_what_runs_on_loading_is_told_so(folder: Path) -> None:
    report = scan_bytes(read("reads_on_loading", folder))
    assert {finding.fires_at for finding in report.findings} == {"load"}


@pytest.mark.parametrize("name", ["honest_scripted", "saves", "reads_on_loading"])
def test_cut_files(name: str) -> None:
    data = read(name)[:3000]
    for size in range(8, len(data), 7):
        report = scan_bytes(data[:size])
        assert report.errors == []


def value(kind: int, table: Table) -> Table:
    return Table(bytes([kind, 0, 0, 0]), table)


def model(*values: Table) -> bytes:
    return flatbuffer(Table(u32(9), None, None, u32(0), list(values)), b"PTMF")


def test_numbers_that_lead_nowhere() -> None:
    lost = value(10, Table(u32(7), u32(900)))
    assert found(model(lost))["flatbuffer-structure"] == "high"
    assert found(model(value(5, Table(u32(3), bytes(4)))))["flatbuffer-structure"] == "high"
