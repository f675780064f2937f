"""7z: members are read in bounded memory, and what cannot be read is told."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path

import pytest

import modelassay
from modelassay.core.errors import MissingExtraError
from modelassay.io.budget import Limits
from tests.helpers.events import PAYLOAD, Said, honest
from tests.helpers.scanning import scan_bytes

py7zr = pytest.importorskip("py7zr")


def archive(*members: tuple[str, bytes], **options: object) -> bytes:
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w", **options) as written:
        for name, data in members:
            written.writestr(data, name)
    return file.getvalue()


@pytest.mark.parametrize(
    "filters",
    [
        None,
        [{"id": py7zr.FILTER_COPY}],
        [{"id": py7zr.FILTER_LZMA2, "preset": 1}],
        [{"id": py7zr.FILTER_DEFLATE}],
        [{"id": py7zr.FILTER_BZIP2}],
        [{"id": py7zr.FILTER_ZSTD, "level": 3}],
        [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    ],
)
def test_members_are_read(filters: object) -> None:
    said = Said("7z", archive(("a/model.pkl", PAYLOAD), ("b", b"x" * 1000), filters=filters))
    assert honest(said)
    assert said.children("member") == {"a/model.pkl": PAYLOAD, "b": b"x" * 1000}
    assert [(member.name, member.size) for member in said.members()] == [
        ("a/model.pkl", len(PAYLOAD)),
        ("b", 1000),
    ]


def test_an_encrypted_archive() -> None:
    said = Said("7z", archive(("a", PAYLOAD), password="secret"))
    assert said.kinds() == ["sevenzip-encrypted"]
    assert said.incomplete()


def test_an_encrypted_directory() -> None:
    said = Said("7z", archive(("a", PAYLOAD), password="secret", header_encryption=True))
    assert said.kinds() == ["sevenzip-encrypted"]
    assert said.incomplete()


def test_what_follows_is_handed_on() -> None:
    said = Said("7z", archive(("a", b"x")) + PAYLOAD)
    assert said.kinds() == ["sevenzip-suffix"]
    assert list(said.children("tail").values()) == [PAYLOAD]


def test_a_bomb_ends_at_its_limit() -> None:
    said = Said("7z", archive(("a", bytes(8 << 20))), Limits(inflated=1 << 20))
    assert said.limits() == ["inflated"]


def test_a_cut_archive() -> None:
    said = Said("7z", archive(("a", PAYLOAD))[:-4])
    assert said.kinds() == ["sevenzip-data"]
    assert said.incomplete()


def test_without_the_extra_it_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = archive(("a", PAYLOAD))
    monkeypatch.setitem(sys.modules, "py7zr", None)
    with pytest.raises(MissingExtraError, match="py7zr"):
        Said("7z", data)
    (tmp_path / "model.7z").write_bytes(data)
    report = modelassay.scan(tmp_path / "model.7z")
    assert report.artifacts[0].status == "unknown"
    assert "pip install" in str(report.artifacts[0].reason)
    assert not report.complete


@pytest.mark.parametrize("target", ["secret", "../secret"])
def test_a_link_leads_where_its_content_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / target).write_bytes(b"x")
    (tmp_path / "in" / "link").symlink_to(target)
    monkeypatch.chdir(tmp_path / "in")
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w") as written:
        written.write("link")
    said = Said("7z", file.getvalue())
    if target == "secret":
        assert [member.target for member in said.members()] == ["secret"]
    else:  # the library reads nothing of an archive with a link that leads out
        assert said.incomplete()


def test_what_is_stated_to_grow_beyond_all_measure_is_not_unpacked() -> None:
    said = Said("7z", archive(("a", bytes(8 << 20))), Limits(ratio_from=4 << 20))
    assert said.limits() == ["ratio"]
    assert said.children("member") == {}


@pytest.mark.parametrize("filters", [None, [{"id": py7zr.FILTER_DEFLATE}]])
def test_members_that_grow_are_read_whole(filters: object) -> None:
    zeros = bytes(12 << 20) + b"end"
    said = Said("7z", archive(("a", zeros), ("b", PAYLOAD), filters=filters))
    assert said.children("member") == {"a": zeros, "b": PAYLOAD}


def test_a_header_that_says_how_but_not_where_its_streams_are_packed() -> None:
    folders = b"\x07\x0b\x01\x00\x01\x21\x21\x01\x18\x0c\x05\x00"
    header = b"\x01\x04" + folders + b"\x00\x00"
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    data = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + header
    report = scan_bytes(data)
    assert (report.errors, report.verdict) == ([], "clean")
