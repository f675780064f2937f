"""Files of before PyTorch 1.6: five pickles and raw storages, all read whatever they say."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile

import pytest

from modelassay.core.facts import Import
from tests.formats.exploring import Artifact, explore
from tests.formats.pytorch.making import MAGIC, legacy, name, push, storage, stream, tensor

EVIL = pickle.dumps(print, 2)


def names(found: Artifact) -> set[str]:
    return {str(fact.name) for fact in found.of(Import)}


def test_an_honest_one_is_silent() -> None:
    found = explore(legacy(stream(tensor())))
    assert found.formats == ["pytorch-legacy"]
    assert (found.anomalies, found.reasons) == ([], [])
    assert found.skipped == {"tensor data": 16}
    assert "torch._utils._rebuild_tensor_v2" in names(found)


def test_two_behind_each_other() -> None:
    found = explore(legacy(stream(tensor())) * 2)
    assert (found.anomalies, found.reasons) == ([], [])
    assert found.skipped == {"tensor data": 32}


def test_views() -> None:
    inside = storage("0", 4, "FloatStorage", ("v", 1, 3))
    plain = storage("0", 4, "FloatStorage", None)
    assert explore(legacy(stream(tensor((3,), over=inside)))).anomalies == []
    assert explore(legacy(stream(tensor((4,), over=plain)))).anomalies == []
    assert explore(legacy(stream(tensor((4,), over=inside)))).anomalies == ["tensor-out-of-bounds"]
    outside = storage("0", 4, "FloatStorage", ("v", 2, 3))
    assert explore(legacy(stream(outside))).anomalies == ["storage-size"]


def test_many_storages() -> None:
    keys = tuple(sorted(str(key) for key in range(3000)))
    made = [storage(key, 1) for key in keys]
    raw = struct.pack("<qf", 1, 0.5) * 3000
    found = explore(legacy(stream(*made), keys, raw))
    assert (found.anomalies, found.reasons) == ([], [])
    assert found.skipped == {"tensor data": 12_000}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (legacy(stream(tensor()), magic=[MAGIC]), "legacy-header"),
        (legacy(stream(tensor()), protocol=7), "legacy-header"),
        (legacy(stream(tensor()), keys="0"), "legacy-header"),
        (legacy(stream(tensor()), keys=(1,)), "legacy-header"),
        (legacy(stream(tensor()), raw=struct.pack("<q", 5) + bytes(20)), "storage-size"),
        (legacy(stream(tensor()), raw=struct.pack("<q", -1)), "storage-size"),
        (legacy(stream(tensor()), raw=struct.pack("<q", 1 << 62)), "storage-size"),
        (legacy(stream(tensor()), raw=b""), "storage-size"),
        (legacy(stream(tensor()), keys=("0", "1")), "storage-unclaimed"),
        (legacy(stream(tensor()), keys=(), raw=b""), "storage-missing"),
        (legacy(stream(tensor((5,)))), "tensor-out-of-bounds"),
        (legacy(stream(tensor()), tail=b"more"), "legacy-trailing-bytes"),
    ],
)
def test_lies_are_told(data: bytes, kind: str) -> None:
    assert kind in explore(data).anomalies


@pytest.mark.parametrize(
    "data",
    [
        legacy(EVIL, keys=(), raw=b""),
        legacy(stream(), keys=print, raw=b""),
        legacy(stream(tensor()), magic=print),
        legacy(stream(tensor()), protocol=print),
        legacy(stream(tensor()), tail=EVIL),
        legacy(stream(tensor()), keys=(), raw=EVIL),
        legacy(stream(tensor()), keys=("0", "9"), tail=EVIL),
        legacy(stream(tensor()), raw=struct.pack("<q", 1 << 40), tail=EVIL),
        legacy(b"\xff" + EVIL, keys=(), raw=b""),
    ],
)
def test_every_stream_is_read(data: bytes) -> None:
    assert "builtins.print" in names(explore(data))


def test_a_magic_number_that_is_computed() -> None:
    computed = b"\x80\x02cbuiltins\neval\n" + push(str(MAGIC)) + b"\x85R."
    data = computed + legacy(stream(tensor()))[len(pickle.dumps(MAGIC, 2)) :]
    found = explore(data)
    assert {"builtins.eval", "torch._utils._rebuild_tensor_v2"} <= names(found)


def tarred(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for member, data in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def old(**changed: bytes) -> bytes:
    """Return a file as `torch.save` wrote it before 0.1.10."""
    members = {
        "sys_info": pickle.dumps({"protocol_version": 1000}, 2),
        "pickle": b"\x80\x02" + push("111") + b"Q.",
        "tensors": pickle.dumps(1, 2)
        + b"\x80\x02"
        + push(111)
        + push(222)
        + name("torch", "FloatTensor")
        + b"\x87."
        + struct.pack("<ii5q", 2, 0, 2, 2, 2, 1, 0),
        "storages": pickle.dumps(1, 2)
        + b"\x80\x02"
        + push(222)
        + push("cpu")
        + name("torch", "FloatStorage")
        + b"\x87."
        + struct.pack("<q", 4)
        + bytes(16)
        + pickle.dumps([], 2),
    }
    return tarred(**members | changed)


def test_tar_is_silent() -> None:
    found = explore(old())
    assert found.formats == ["pytorch-tar"]
    assert (found.anomalies, found.reasons) == ([], [])
    assert [tuple(one.formats) for one in found.inside] == [
        *(("pickle",), ("pytorch-tar",), ("pytorch-tar-part",), ("pytorch-tar-part",))
    ]
    assert names(found) == {"torch.FloatTensor", "torch.FloatStorage"}


@pytest.mark.parametrize("member", ["sys_info", "pickle", "tensors", "storages"])
def test_tar_members_are_read(member: str) -> None:
    assert "builtins.print" in names(explore(old(**{member: EVIL})))
    assert "builtins.print" in names(explore(old(**{member: pickle.dumps(0, 2) + EVIL})))


@pytest.mark.parametrize("member", ["tensors", "storages"])
def test_tar_blocks_that_lie(member: str) -> None:
    data = pickle.dumps(1, 2) + pickle.dumps((1, 2, 3), 2) + struct.pack("<q", 5 << 28) + EVIL
    found = explore(old(**{member: data}))
    assert "legacy-header" in found.anomalies
    assert "builtins.print" in names(found)
