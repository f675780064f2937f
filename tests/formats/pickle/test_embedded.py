"""Artifacts that a pickle keeps as constants: models in states of classes, pickles in bytes."""

from __future__ import annotations

import base64
import io
import pickle
import zipfile
import zlib
from collections.abc import Callable

import pytest

from tests.helpers.scanning import rules_of, scan_bytes

RUN = b"\x80\x03cos\nsystem\nX\x02\x00\x00\x00id\x85R."
OLD = b"cos\nsystem\n(S'id'\ntR."
TREES = b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"


def counted(data: bytes) -> bytes:
    """Return the opcode of bytes."""
    return b"B" + len(data).to_bytes(4, "little") + data


def text(word: str) -> bytes:
    """Return the opcode of a string."""
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def kept(room: str, name: str, key: str, value: bytes) -> bytes:
    """Return a stream whose only object is of a class, with one attribute."""
    return f"\x80\x03c{room}\n{name}\n)\x81}}".encode("latin-1") + text(key) + value + b"sb."


def latin(data: bytes) -> bytes:
    """Return what makes a bytearray below protocol 3."""
    encode = b"c_codecs\nencode\n" + text(data.decode("latin-1")) + text("latin1") + b"\x86R"
    return b"c__builtin__\nbytearray\n" + encode + b"\x85R"


def formats_of(data: bytes) -> set[str | None]:
    return {artifact.format for artifact in scan_bytes(data).artifacts}


UBJSON = (
    b"{L\0\0\0\0\0\0\0\6Config{}L\0\0\0\0\0\0\0\5Model{L\0\0\0\0\0\0\0\7learner{"
    b"L\0\0\0\0\0\0\0\x10gradient_booster{}}}}"
)


@pytest.mark.parametrize(
    ("stream", "format"),
    [
        (kept("xgboost.core", "Booster", "handle", counted(UBJSON)), "xgboost"),
        (b"\x80\x02" + kept("xgboost.core", "Booster", "handle", latin(UBJSON))[2:], "xgboost"),
        (kept("lightgbm.basic", "Booster", "_handle", text(TREES.decode())), "lightgbm"),
    ],
    ids=["bytes", "encoded", "text"],
)
def test_the_model_in_a_state_is_read(stream: bytes, format: str) -> None:
    assert formats_of(stream) == {"pickle", format}


def test_another_attribute_is_not_read() -> None:
    stream = kept("xgboost.core", "Booster", "other", counted(UBJSON))
    assert formats_of(stream) == {"pickle"}


@pytest.mark.parametrize("value", [RUN, OLD, OLD.decode()], ids=["announced", "lines", "text"])
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_a_pickle_that_is_a_constant_is_read(value: bytes | str, protocol: int) -> None:
    data = pickle.dumps({"weights": [1.0], "extra": value}, protocol)
    assert rules_of(scan_bytes(data)) == {"command-execution": "critical"}


@pytest.mark.parametrize(
    "code", [zlib.compress, base64.b64encode, lambda data: base64.b64encode(zlib.compress(data))]
)
def test_so_is_one_behind_a_decoding(code: Callable[[bytes], bytes]) -> None:
    data = pickle.dumps([code(RUN)], 4)
    assert rules_of(scan_bytes(data)) == {"command-execution": "critical"}


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("key", ["x", "payload"])
@pytest.mark.parametrize("code", [base64.b64encode, base64.b32encode])
def test_the_length_of_a_constant_is_none_of_its_text(
    code: Callable[[bytes], bytes], key: str, protocol: int
) -> None:
    for extra in range(0, 60, 7):
        coded = code(RUN.replace(b"\2\0\0\0id", bytes([2 + extra, 0, 0, 0]) + b"id" + b" " * extra))
        data = pickle.dumps({"w": [1.5] * 3, key: coded.decode()}, protocol)
        assert rules_of(scan_bytes(data)) == {"command-execution": "critical"}


def test_it_is_told_once() -> None:
    stream = b"\x80\x03c_pickle\nloads\n" + counted(RUN) + b"\x85R."
    told = [f for f in scan_bytes(stream).findings if f.rule == "command-execution"]
    assert len(told) == 1


@pytest.mark.parametrize("value", [{"a": [1, 2.5]}, set(), 1 + 2j, frozenset("ab")])
def test_a_harmless_one_is_silent(value: object) -> None:
    inner = pickle.dumps(value, 4)
    data = pickle.dumps({"state": inner, "more": [inner] * 5}, 4)
    assert not rules_of(scan_bytes(data))


def test_no_constant_goes_beyond_its_stream() -> None:
    """Padding of archives in front of a stream may look like an opcode and a length."""
    inner = b"\x80\x02ccollections\nOrderedDict\n)R."
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        member = zipfile.ZipInfo("archive/data.pkl")
        member.extra = b"FB\4\0ZB\0\0"
        archive.writestr(member, inner)
        archive.writestr("archive/version", "3\n")
    report = scan_bytes(packed.getvalue())
    assert "hidden-payload" not in rules_of(report)
    assert not [a.path for a in report.artifacts if "!@" in a.path]
