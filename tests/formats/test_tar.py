"""tar: archives of many tools are honest, and what readers would disagree on is told."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path

import pytest

from modelassay.formats.tar import identify
from modelassay.io.blob import Memory
from tests.helpers.events import PAYLOAD, Said, honest

DATA = b"weights " * 100
BLOCK = 512


def by_python(format: int, *members: tuple[tarfile.TarInfo, bytes], **options: object) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format, **options) as archive:  # type: ignore[call-overload]
        for info, data in members:
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def member(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def header(name: bytes, size: int = 0, flag: bytes = b"0", **over: bytes) -> bytes:
    """Write a header block by hand; `over` maps `at_OFFSET` to bytes."""
    block = bytearray(BLOCK)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124:136] = b"%011o\0" % size
    block[156:157] = flag
    block[257:265] = b"ustar\x0000"
    for key, value in over.items():
        place = int(key.removeprefix("at_"))
        block[place : place + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def pax(**records: bytes) -> bytes:
    body = b""
    for key, value in records.items():
        line = b" " + key.replace("__", ".").encode() + b"=" + value + b"\n"
        length = len(line) + len(str(len(line) + 2))
        body += b"%d" % length + line
    return header(b"pax", len(body), b"x") + padded(body)


END = bytes(2 * BLOCK)


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_python_writes_honest_archives(format: int) -> None:
    long = "folder/" * 20 + "data.pkl"
    data = by_python(format, (member("model.pkl"), DATA), (member(long), DATA), (member("e"), b""))
    said = Said("tar", data)
    assert identify(Memory(data))
    assert honest(said)
    assert said.children() == {"model.pkl": DATA, long: DATA, "e": b""}


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_links_and_names_beyond_ascii(format: int) -> None:
    link = member("lïnk", type=tarfile.SYMTYPE, linkname="x/" * 100 + "ü")
    said = Said("tar", by_python(format, (link, b"")))
    assert honest(said)
    assert [(m.name, m.type, m.target) for m in said.members()] == [
        ("lïnk", "symlink", "x/" * 100 + "ü")
    ]


@pytest.mark.skipif(shutil.which("tar") is None, reason="tar is not installed")
@pytest.mark.parametrize("format", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_gnu_tar_writes_honest_archives(tmp_path: Path, format: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.pkl").write_bytes(DATA)
    (tmp_path / "folder" / "hard").hardlink_to(tmp_path / "folder" / "model.pkl")
    (tmp_path / "folder" / "soft").symlink_to("model.pkl")
    command = ["tar", f"--format={format}", "--sort=name", "-cf", "out.tar", "folder"]
    subprocess.run(command, cwd=tmp_path, check=True)
    said = Said("tar", (tmp_path / "out.tar").read_bytes())
    assert honest(said)
    assert sorted(member.type for member in said.members()) == [
        "directory",
        "file",
        "hardlink",
        "symlink",
    ]
    assert DATA in said.contents()


@pytest.mark.skipif(shutil.which("tar") is None, reason="tar is not installed")
@pytest.mark.parametrize("version", ["gnu", "posix 0.0", "posix 0.1", "posix 1.0"])
@pytest.mark.parametrize("pieces", [1, 3, 60])
def test_sparse_members_are_read_whole(tmp_path: Path, version: str, pieces: int) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for index in range(pieces):
            file.seek(index * 65536 + 8192)
            file.write(b"%d" % index * 4096)
        file.truncate(pieces * 65536 + 100_000)
    kind, _, number = version.partition(" ")
    command = ["tar", f"--format={kind}", "-S", "-cf", "out.tar", "sparse"]
    command += [f"--sparse-version={number}"] if number else []
    subprocess.run(command, cwd=tmp_path, check=True)
    assert (tmp_path / "out.tar").stat().st_size < path.stat().st_size
    said = Said("tar", (tmp_path / "out.tar").read_bytes())
    assert honest(said)
    assert said.children() == {"sparse": path.read_bytes()}


def test_special_files_are_told() -> None:
    data = by_python(
        tarfile.PAX_FORMAT,
        (member("fifo", type=tarfile.FIFOTYPE), b""),
        (member("null", type=tarfile.CHRTYPE), b""),
        (member("../up"), DATA),
    )
    said = Said("tar", data)
    assert honest(said)
    assert [m.type for m in said.members()] == ["fifo", "device", "file"]
    assert "../up" in said.children()


def test_sizes_in_base_256() -> None:
    size = b"\x80" + bytes(7) + struct.pack(">I", len(DATA))
    said = Said("tar", header(b"a", at_124=size) + padded(DATA) + END)
    assert honest(said)
    assert said.children() == {"a": DATA}


def test_a_prefix_joins_the_name() -> None:
    said = Said("tar", header(b"name", at_345=b"../folder") + END)
    assert [member.name for member in said.members()] == ["../folder/name"]


def test_python_joins_what_gnu_keeps_its_times_in() -> None:
    said = Said("tar", header(b"name", at_257=b"ustar  \0", at_345=b"/etc") + END)
    assert [member.name for member in said.members()] == ["name", "/etc/name"]


def smuggled(records: bytes, size: int) -> bytes:
    """A member whose body is an archive: readers that take another size walk into it."""
    inner = header(b"inner", len(PAYLOAD)) + padded(PAYLOAD)
    return records + header(b"outer", size) + inner + END


LIES = {
    "record of another size": (
        smuggled(pax(size=b"1024"), 0),
        ["tar-size"],
    ),
    "link with a body": (
        header(b"link", len(PAYLOAD), b"2", at_157=b"x") + padded(PAYLOAD) + END,
        ["tar-header", "tar-size"],
    ),
    "behind the end": (
        header(b"a") + END + header(b"b", len(PAYLOAD)) + padded(PAYLOAD) + END,
        ["tar-behind-end"],
    ),
    "bytes behind the end": (header(b"a") + END + PAYLOAD, ["tar-suffix"]),
    "broken header": (
        header(b"a") + b"\xff" * BLOCK + header(b"b", len(PAYLOAD)) + padded(PAYLOAD) + END,
        ["tar-header"],
    ),
    "no end": (header(b"b", len(PAYLOAD)) + padded(PAYLOAD), ["tar-no-end"]),
    "cut short": (header(b"b", 10_000) + PAYLOAD, ["tar-no-end", "tar-truncated"]),
    "size beyond reason": (
        header(b"b", at_124=b"\x80" + b"\xff" * 11) + PAYLOAD,
        ["tar-no-end", "tar-truncated"],
    ),
    "size below zero": (
        header(b"b", at_124=b"\xff" * 12) + padded(PAYLOAD) + END,
        ["tar-header", "tar-size"],
    ),
}


@pytest.mark.parametrize(("data", "kinds"), LIES.values(), ids=LIES)
def test_lies_are_told_and_the_bytes_handed_on(data: bytes, kinds: list[str]) -> None:
    said = Said("tar", data)
    assert identify(Memory(data))
    assert said.kinds() == kinds
    assert any(PAYLOAD in content for content in said.contents())


@pytest.mark.parametrize(
    "records",
    [
        {"GNU__sparse__size": b"9", "GNU__sparse__map": b"0,5,3,9"},
        {"GNU__sparse__size": b"9", "GNU__sparse__map": b"0,five"},
        {"GNU__sparse__map": b"0,5"},
        {"GNU__sparse__major": b"1", "GNU__sparse__realsize": b"99"},
    ],
)
def test_sparse_maps_that_lie(records: dict[str, bytes]) -> None:
    data = pax(**records) + header(b"a", len(PAYLOAD)) + padded(PAYLOAD) + END
    said = Said("tar", data)
    assert said.kinds() == ["tar-sparse"]
    assert said.incomplete()
    assert PAYLOAD in said.contents()


def test_a_sparse_bomb_is_told_and_not_unpacked() -> None:
    records = pax(GNU__sparse__size=b"%d" % (1 << 50), GNU__sparse__map=b"0,%d" % len(PAYLOAD))
    said = Said("tar", records + header(b"a", len(PAYLOAD)) + padded(PAYLOAD) + END)
    assert said.kinds() == ["sparse-size"]
    assert said.contents() == [PAYLOAD]


@pytest.mark.parametrize("flag", [b"x", b"g", b"L", b"K"])
def test_records_that_claim_too_much_are_not_read(flag: bytes) -> None:
    said = Said(
        "tar", header(b"a", 1 << 32, flag) + header(b"b", len(PAYLOAD)) + padded(PAYLOAD) + END
    )
    assert said.kinds() == ["tar-header"]
    assert said.children() == {"b": PAYLOAD}


@pytest.mark.parametrize("data", [b"", bytes(BLOCK), b"\xff" * BLOCK, DATA, header(b"a")[:500]])
def test_what_is_no_tar(data: bytes) -> None:
    assert not identify(Memory(data))
