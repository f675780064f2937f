"""Archives that lie about their tensors and storages, or hide something beside them."""

from __future__ import annotations

import pickle

import pytest

from modelassay.core.facts import Anomaly, Import, Tensor
from tests.formats.exploring import archive, explore
from tests.formats.pytorch.making import call, name, push, storage, stream, tensor, zipped

EVIL = pickle.dumps(print)
BIG = 1 << 62


def test_an_honest_one_is_silent() -> None:
    found = explore(zipped(stream(tensor())))
    assert found.formats == ["pytorch-zip"]
    assert found.anomalies == []
    assert found.skipped == {"tensor data": 16}
    assert [fact.shape for fact in found.of(Tensor)] == [(4,)]


@pytest.mark.parametrize(
    "made",
    [
        tensor((2, 2), (2, 1)),
        tensor((2, 2), (1, 2)),
        tensor((1000,), (0,)),
        tensor((0, BIG), (1, 1)),
        tensor((0,), (1,), offset=4),
        tensor((), ()),
        tensor((), (), offset=3),
        tensor((2,), (3,)),
        tensor((8,), (1,), over=storage("0", 8, "HalfStorage")),
        tensor((32,), (1,), over=storage("0", 16, "QUInt4x2Storage")),
        tensor((16,), (1,), over=storage("0", 16, "UntypedStorage")),
        tensor((8,), (1,), 0, storage("0", 16, "UntypedStorage"), "_rebuild_tensor_v3")[:-2]
        + name("torch", "uint16")
        + b"tR",
        tensor((4,), (1,), more=push({})),
        tensor((4,), (1,), function="_rebuild_qtensor"),
    ],
)
def test_tensors_inside_their_storage(made: bytes) -> None:
    assert explore(zipped(stream(made))).anomalies == []


@pytest.mark.parametrize(
    "made",
    [
        tensor((5,)),
        tensor((4,), offset=1),
        tensor((2,), (4,)),
        tensor((BIG,)),
        tensor((BIG, BIG), (BIG, BIG)),
        tensor((), (), offset=4),
        tensor((1 << 80,)),
        tensor((-1,)),
        tensor((4,), (-1,)),
        tensor((4,), offset=-1),
        tensor((0,), offset=-1),
        tensor((4,), (1, 1)),
        tensor((9,), (1,), over=storage("0", 8, "HalfStorage")),
        tensor((9,), (1,), function="_rebuild_qtensor"),
        tensor((5,), function="_rebuild_tensor"),
        tensor((9,), (1,), 0, storage("0", 16, "UntypedStorage"), "_rebuild_tensor_v3")[:-2]
        + name("torch", "uint16")
        + b"tR",
        call(
            "torch._utils",
            "_rebuild_parameter",
            tensor((5,)),
            push(True),
            push(None),
        ),
        call(
            "torch._tensor",
            "_rebuild_from_type_v2",
            name("torch._utils", "_rebuild_tensor_v2"),
            name("torch", "Tensor"),
            b"(" + storage() + push(0) + push((5,)) + push((1,)) + b"t",
            push({}),
        ),
        call(
            "torch._utils",
            "_rebuild_meta_tensor_no_storage",
            name("torch", "float32"),
            push((-1,)),
            push((1,)),
            push(False),
        ),
    ],
)
def test_tensors_outside_of_their_storage(made: bytes) -> None:
    found = explore(zipped(stream(made)))
    assert "tensor-out-of-bounds" in found.anomalies


def test_sizes_may_be_made_by_torch_size() -> None:
    size = call("torch", "Size", push((5,)))
    made = call("torch._utils", "_rebuild_tensor_v2", storage(), push(0), size, push((1,)))
    assert explore(zipped(stream(made))).anomalies == ["tensor-out-of-bounds"]


@pytest.mark.parametrize(
    ("made", "records", "kind"),
    [
        (storage("0", 5), {"0": bytes(16)}, "storage-size"),
        (storage("0", 3), {"0": bytes(16)}, "storage-size"),
        (storage("0", 4, "DoubleStorage"), {"0": bytes(16)}, "storage-size"),
        (storage("0", -4), {"0": bytes(16)}, "storage-size"),
        (storage("0", 4) + storage("0", 8), {"0": bytes(16)}, "storage-size"),
        (storage("1", 4), {"0": bytes(16)}, "storage-missing"),
        (storage("../data.pkl", 4), {"0": bytes(16)}, "storage-missing"),
        (storage("0", 4), {"0": bytes(16), "1": bytes(4)}, "storage-unclaimed"),
        (push(1), {"0": bytes(16)}, "storage-unclaimed"),
    ],
)
def test_storages_that_are_not_what_is_claimed(
    made: bytes, records: dict[str, bytes], kind: str
) -> None:
    assert kind in explore(zipped(stream(made), records)).anomalies


def test_records_of_another_size_are_read() -> None:
    found = explore(zipped(stream(storage("0", 4)), {"0": EVIL}))
    assert "storage-size" in found.anomalies
    assert [str(fact.name) for fact in found.of(Import) if fact.name.module == "builtins"]


def test_unclaimed_records_are_read() -> None:
    found = explore(zipped(stream(tensor()), {"0": bytes(16), "1": EVIL}))
    assert "builtins.print" in {str(fact.name) for fact in found.of(Import)}


@pytest.mark.parametrize("member", ["a__extra__evil.bin", "a__data__evil.pkl", "evil", "a__0"])
def test_every_pickle_is_read(member: str) -> None:
    found = explore(zipped(stream(tensor()), **{member: EVIL}))
    assert "builtins.print" in {str(fact.name) for fact in found.of(Import)}


def test_meta_storages_have_no_record() -> None:
    made = storage("7", 4, at="meta")
    found = explore(zipped(stream(tensor(), made)))
    assert found.anomalies == []


def test_constants_have_records_of_their_own() -> None:
    members = {
        "a/data.pkl": stream(),
        "a/constants.pkl": stream(tensor()),
        "a/constants/0": bytes(16),
        "a/code/__torch__.py": b"class Net(Module):\n  pass\n",
    }
    found = explore(archive(members))
    assert found.formats == ["torchscript"]
    assert found.anomalies == []
    assert found.skipped == {"tensor data": 16}
    sources = [one.formats for one in found.inside if one.path.endswith(".py")]
    assert sources == [["torchscript-source"]]


def test_many_tensors_are_few_facts() -> None:
    made = [tensor((1, side), (1, 1), over=storage("0", 5000)) for side in range(1, 2001)]
    found = explore(zipped(stream(*made), {"0": bytes(20_000)}))
    assert found.anomalies == []
    tensors = found.of(Tensor)
    assert len(tensors) < 600
    assert sum(fact.count for fact in tensors) == 2000


def test_many_lies_are_few_facts() -> None:
    found = explore(zipped(stream(*[tensor((5 + extra,)) for extra in range(2000)])))
    told = [fact for fact in found.of(Anomaly) if fact.kind == "tensor-out-of-bounds"]
    assert len(told) == 50
    assert sum(fact.count for fact in told) == 2000


def test_sizes_nested_without_end() -> None:
    size = push((5,))
    for _ in range(3000):
        size = call("torch", "Size", size)
    made = call("torch._utils", "_rebuild_tensor_v2", storage(), push(0), size, push((1,)))
    assert explore(zipped(stream(made))).reasons == []


def test_ids_of_one_long_tuple() -> None:
    data = b"\x80\x02(" + push("storage") * 200_000 + b"tq\x00" + b"h\x00Q0" * 5000 + b"N."
    assert explore(zipped(data)).anomalies == ["storage-unclaimed"]


def test_archives_behind_each_other_have_storages_of_their_own() -> None:
    one = zipped(stream(tensor()))
    other = zipped(stream(tensor((2,), over=storage("0", 2))), {"0": bytes(8)})
    found = explore(one + other)
    assert found.skipped == {"tensor data": 24}
    assert not {"storage-size", "storage-unclaimed", "tensor-out-of-bounds"} & {*found.anomalies}


def test_traced_inputs_may_be_left_out() -> None:
    made = tensor((9,), over=storage("0", 9))
    left_out = {"a__traced_inputs.pkl": stream(made), "a__traced_inputs__0": b""}
    assert explore(zipped(stream(tensor()), **left_out)).anomalies == []
    short = {"a__traced_inputs.pkl": stream(made), "a__traced_inputs__0": b"1234"}
    assert explore(zipped(stream(tensor()), **short)).anomalies == ["storage-size"]
