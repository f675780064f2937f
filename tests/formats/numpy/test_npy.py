"""`.npy` arrays: those NumPy writes are read whole and silently, those that lie are told."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import pytest

from modelassay.core.facts import Import, Tensor
from tests.formats.exploring import DATA, archive, explore

HONEST = sorted(DATA.glob("numpy-*/*.npy"))
ARCHIVES = sorted(DATA.glob("numpy-*/*.npz"))


def npy(header: str, data: bytes = b"", version: int = 1) -> bytes:
    body = header.encode("utf-8" if version == 3 else "latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(body))
    return b"\x93NUMPY" + bytes((version, 0)) + length + body + data


def plain(descr: str = "'<f8'", shape: str = "(3,)", more: str = "") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, {more}}}\n"


def test_there_are_samples() -> None:
    assert len(HONEST) > 30
    assert len(ARCHIVES) >= 4


@pytest.mark.parametrize("path", HONEST, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_honest_arrays_are_read_whole(path: Path) -> None:
    found = explore(path)
    assert found.formats == ["numpy"]
    assert found.anomalies == []
    assert found.reasons == []
    assert found.of(Tensor)
    header = 10 if path.read_bytes()[6] == 1 else 12
    assert "object" in path.stem or sum(found.skipped.values()) < path.stat().st_size - header


@pytest.mark.parametrize("path", HONEST, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_object_arrays_are_entered(path: Path) -> None:
    found = explore(path)
    names = {str(fact.name) for fact in found.of(Import)}
    if "object" in path.stem:
        assert any(name.endswith("_reconstruct") for name in names)
    else:
        assert not names


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_npz_members_are_arrays(path: Path) -> None:
    found = explore(path)
    assert found.formats == ["npz"]
    assert {tuple(one.formats) for one in found.inside} == {("numpy",)}
    assert found.anomalies == []
    assert found.reasons == []


def test_npz_reads_every_member() -> None:
    evil = pickle.dumps(print)
    found = explore(archive({"a.npy": npy(plain(), bytes(24)), "b.npy": evil}))
    assert found.formats == ["npz"]
    assert [str(fact.name) for fact in found.of(Import)] == ["builtins.print"]


def test_several_arrays_behind_each_other() -> None:
    found = explore(npy(plain(), bytes(24)) + npy(plain("'|O'"), pickle.dumps(print)))
    assert len(found.of(Tensor)) == 2
    assert [str(fact.name) for fact in found.of(Import)] == ["builtins.print"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (plain(shape="(__import__('os').getpid(),)"), "npy-header-expression"),
        (plain(shape="(1 + 1,)"), "npy-header-expression"),
        (plain(shape="(1.5,)"), "npy-header-expression"),
        ("{'descr': 'a' 'b'}", "npy-header-expression"),
        ("{'descr': '\\x'}", "npy-header-expression"),
        ("{'descr': {1, 2}, 'shape': ()}", "npy-header-expression"),
        ("()]", "npy-header-expression"),
        ("", "npy-header-expression"),
        (plain("[" * 500 + "]" * 500), "npy-header-nesting"),
        ("[]", "npy-header-keys"),
        (plain(more="'more': 1"), "npy-header-keys"),
        (plain(more="'shape': (3,)"), "npy-header-keys"),
        ("{'descr': '<f8', 'fortran_order': 0, 'shape': (3,)}", "npy-header-keys"),
        ("{'descr': '<f8', 'fortran_order': False}", "npy-header-keys"),
        (plain(shape="(-3,)"), "npy-shape"),
        (plain(shape="3"), "npy-shape"),
        (plain(shape="('3',)"), "npy-shape"),
        (plain(shape="(9223372036854775807, 9223372036854775807)"), "npy-shape"),
        (plain(shape="(" + "1," * 65 + ")"), "npy-shape"),
        (plain("'nonsense'"), "npy-descr"),
        (plain("7"), "npy-descr"),
        (plain("[('a',)]"), "npy-descr"),
        (plain("('<f8', (-1,))"), "npy-descr"),
        (plain(shape="(4,)"), "npy-size"),
        (plain(shape="(2,)"), "npy-trailing-bytes"),
    ],
)
def test_hostile_headers_are_told(header: str, kind: str) -> None:
    found = explore(npy(header, bytes(range(24))))
    assert kind in found.anomalies
    assert kind == "npy-trailing-bytes" or found.reasons or found.skipped


@pytest.mark.parametrize("header", [plain("'nonsense'"), plain(shape="(9,)"), "open(1)", plain()])
def test_what_follows_a_header_is_read_all_the_same(header: str) -> None:
    data = pickle.dumps(print)
    data = bytes(24) + data if header == plain() else data
    found = explore(npy(header, data))
    assert [str(fact.name) for fact in found.of(Import)] == ["builtins.print"]


@pytest.mark.parametrize("descr", ["'|O'", "'O'", "'object'", "[('a', '<f4'), ('o', '|O')]"])
def test_every_way_to_say_object_is_entered(descr: str) -> None:
    found = explore(npy(plain(descr), pickle.dumps(print)))
    assert [str(fact.name) for fact in found.of(Import)] == ["builtins.print"]


def test_versions() -> None:
    for version in (1, 2, 3):
        assert explore(npy(plain(), bytes(24), version)).anomalies == []
    assert explore(npy(plain(), bytes(24), 4)).anomalies == ["npy-version"]


def test_long_headers() -> None:
    padded = plain() + " " * 20_000
    assert explore(npy(padded, bytes(24))).anomalies == ["npy-header-size"]
    assert explore(npy(plain())[:30]).anomalies == ["npy-header-size"]


def test_python_2_headers_are_honest() -> None:
    found = explore(npy(plain(shape="(3L,)"), bytes(24)))
    assert found.anomalies == []
    assert found.skipped == {"array data": 24}
