"""ZIP: honest archives of many tools say nothing, every lie is told, and the bytes are read."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from modelassay.formats.base import Child, Skipped
from modelassay.formats.zip import identify, read, walk
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget, Limits
from tests.helpers.events import PAYLOAD, Said, honest
from tests.helpers.zips import Made, build, central_header, deflate, end_record, local_header

DATA = b"weights " * 40


def by_python(method: int = zipfile.ZIP_STORED, **options: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a/data.pkl", DATA)
        archive.writestr("a/empty", b"")
        with archive.open("a/big", "w", **options) as member:  # type: ignore[arg-type]
            member.write(DATA * 3)
    return file.getvalue()


def streamed() -> bytes:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a", DATA)
        archive.writestr("b", DATA * 2)
    return bytes(pipe.data)


def by_torch() -> bytes:
    """Write as PyTorch does: streamed stored members, their bytes aligned by padding."""
    members = []
    for index in range(3):
        data = bytes([index]) * 100
        size = struct.pack("<4sIII", b"PK\7\x08", zlib.crc32(data), len(data), len(data))
        padding = b"FB" + struct.pack("<H", 20) + b"Z" * 20
        blank: dict[str, object] = {"crc": 0, "stored": 0, "size": 0}
        name = b"archive/data/%d" % index
        members.append(Made(name, data, flags=0x808, local=blank, extra=padding, descriptor=size))
    return build(*members)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("zip64", [False, True])
def test_python_writes_honest_archives(method: int, zip64: bool) -> None:
    said = Said("zip", by_python(method, force_zip64=zip64))
    assert honest(said)
    assert said.children("member") == {"a/data.pkl": DATA, "a/empty": b"", "a/big": DATA * 3}
    assert [member.name for member in said.members()] == ["a/data.pkl", "a/empty", "a/big"]


@pytest.mark.parametrize("data", [streamed(), by_torch(), build(), build(Made(b"a"), count=1)])
def test_honest(data: bytes) -> None:
    assert identify(Memory(data))
    assert honest(Said("zip", data))


def test_a_comment_is_handed_on() -> None:
    said = Said("zip", build(Made(b"a", DATA), comment=PAYLOAD))
    assert honest(said)
    assert PAYLOAD in said.children("tail").values()


def test_more_members_than_an_end_record_counts() -> None:
    members = [Made(b"%d" % index) for index in range(65540)]
    assert honest(Said("zip", build(*members, count=65540 & 0xFFFF)))


def test_the_padding_of_android() -> None:
    padding = Made(b"", listed=False, extra=bytes(80))
    block = 24 + 8
    signature = struct.pack("<Q", block) + bytes(range(8)) + struct.pack("<Q", block)
    data = build(Made(b"a", DATA), padding, gap=signature + b"APK Sig Block 42")
    said = Said("zip", data)
    assert honest(said)
    assert len(said.children("gap")) == 1


@pytest.mark.skipif(shutil.which("zip") is None, reason="Info-ZIP is not installed")
@pytest.mark.parametrize("flags", ["-0", "-9", "-fd", "-Zb", "-y"])
def test_info_zip_writes_honest_archives(tmp_path: Path, flags: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.bin").write_bytes(DATA)
    (tmp_path / "link").symlink_to("folder/a.bin")
    command = ["zip", "-q", "-r", flags, "out.zip", "folder", "link"]
    subprocess.run(command, cwd=tmp_path, check=True)
    said = Said("zip", (tmp_path / "out.zip").read_bytes())
    assert honest(said)
    assert said.children("member")["folder/a.bin"] == DATA
    if flags == "-y":
        assert [m.target for m in said.members() if m.type == "symlink"] == ["folder/a.bin"]


@pytest.mark.skipif(shutil.which("jar") is None, reason="Java is not installed")
def test_java_writes_honest_archives(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(DATA)
    subprocess.run(["jar", "cf", "out.jar", "a.bin"], cwd=tmp_path, check=True)
    said = Said("zip", (tmp_path / "out.jar").read_bytes())
    assert honest(said)
    assert said.children("member")["a.bin"] == DATA


@pytest.mark.parametrize("number", [20, 93])
def test_zstd_members(number: int) -> None:
    zstd = pytest.importorskip("backports.zstd")
    data = build(Made(b"a", DATA, method=number, raw=zstd.compress(DATA)))
    said = Said("zip", data)
    assert honest(said)
    assert said.children("member") == {"a": DATA}


def test_xz_members() -> None:
    import lzma

    said = Said("zip", build(Made(b"a", DATA, method=95, raw=lzma.compress(DATA))))
    assert honest(said)
    assert said.children("member") == {"a": DATA}


def test_deflate64_members() -> None:
    inflate64 = pytest.importorskip("inflate64")
    codec = inflate64.Deflater()
    raw = codec.deflate(DATA) + codec.flush()
    said = Said("zip", build(Made(b"a", DATA, method=9, raw=raw)))
    assert honest(said)
    assert said.children("member") == {"a": DATA}


@pytest.mark.parametrize("size", [1, len(PAYLOAD), 1000])
def test_archives_one_behind_the_other(size: int) -> None:
    """PyTorch's distributed checkpoints are such files, often of archives of the same size."""
    first, second = build(Made(b"a", bytes(size))), build(Made(b"a", PAYLOAD))
    said = Said("zip", first + first + second)
    assert said.kinds() == ["zip-concatenated"]
    assert bytes(size) in said.contents() and PAYLOAD in said.contents()


def test_an_archive_stored_in_an_archive() -> None:
    inner = build(Made(b"inner", DATA), prefix=b"", comment=b"note")
    said = Said("zip", build(Made(b"a.zip", inner)))
    assert honest(said)
    assert said.children("member") == {"a.zip": inner}


def test_an_archive_that_ends_a_tar_is_no_zip(tmp_path: Path) -> None:
    import tarfile

    file = io.BytesIO()
    data = by_python()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("model.zip")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    assert identify(Memory(data))
    assert not identify(Memory(file.getvalue()))


# Lies: each is told, and the payload is read all the same.

SHIFTED = Made(b"a", PAYLOAD)
LIES = {
    "name": (build(Made(b"a", PAYLOAD, local={"name": b"b"})), ["zip-name-mismatch"]),
    "method": (
        build(Made(b"a", PAYLOAD, local={"method": 8})),
        ["zip-header-mismatch"],
    ),
    "both methods": (
        build(Made(b"a", PAYLOAD, method=12, raw=deflate(PAYLOAD))),
        ["zip-data", "zip-method"],
    ),
    "unknown method": (
        build(Made(b"a", PAYLOAD, method=77, raw=PAYLOAD)),
        ["zip-method", "zip-unknown-method"],
    ),
    "central method": (
        build(Made(b"a", PAYLOAD, method=8, central={"method": 0})),
        ["zip-crc", "zip-header-mismatch", "zip-size"],
    ),
    "checksum": (
        build(Made(b"a", PAYLOAD, central={"crc": 1}, local={"crc": 1})),
        ["zip-crc"],
    ),
    "central checksum": (
        build(Made(b"a", PAYLOAD, method=8, central={"crc": 1})),
        ["zip-crc", "zip-header-mismatch"],
    ),
    "size": (
        build(Made(b"a", PAYLOAD, method=8, central={"size": 1}, local={"size": 1})),
        ["zip-size"],
    ),
    "encryption": (build(Made(b"a", PAYLOAD, flags=1)), ["zip-flags"]),
    "deflated encryption": (build(Made(b"a", PAYLOAD, method=8, flags=1)), ["zip-flags"]),
    "central encryption": (
        build(Made(b"a", PAYLOAD, central={"flags": 1})),
        ["zip-flags", "zip-flags"],
    ),
    "hidden": (
        build(Made(b"x", DATA), Made(b"a", PAYLOAD, listed=False), Made(b"y", DATA)),
        ["zip-hidden-member"],
    ),
    "hidden at the end": (
        build(Made(b"x", DATA), Made(b"a", PAYLOAD, method=8, listed=False)),
        ["zip-hidden-member"],
    ),
    "hidden and streamed": (
        build(
            Made(
                b"a",
                PAYLOAD,
                method=8,
                flags=8,
                listed=False,
                local={"crc": 0, "stored": 0, "size": 0},
                descriptor=struct.pack(
                    "<4sIII",
                    b"PK\7\x08",
                    zlib.crc32(PAYLOAD),
                    len(deflate(PAYLOAD)),
                    len(PAYLOAD),
                ),
            ),
            Made(b"x", DATA),
        ),
        ["zip-hidden-member"],
    ),
    "twice": (build(Made(b"a", DATA), Made(b"a", PAYLOAD)), ["zip-duplicate"]),
    "prefix": (build(Made(b"a", DATA), prefix=PAYLOAD), ["zip-prefix"]),
    "shifted prefix": (build(Made(b"a", PAYLOAD), prefix=b"MZ" * 9, shifted=True), ["zip-prefix"]),
    "gap": (build(Made(b"a", DATA), gap=PAYLOAD), ["zip-gap"]),
    "suffix": (build(Made(b"a", DATA), suffix=PAYLOAD), ["zip-suffix"]),
    "count": (build(Made(b"a", PAYLOAD), Made(b"b", DATA), count=1), ["zip-count"]),
    "no directory": (local_header(SHIFTED) + PAYLOAD, ["zip-truncated"]),
    "cut end record": (build(SHIFTED)[:-10], ["zip-truncated"]),
    "behind the end": (
        (inner := local_header(SHIFTED) + PAYLOAD)
        + (central := central_header(SHIFTED, 0))
        + end_record(1, len(central), len(inner))
        + local_header(Made(b"b", DATA))
        + DATA,
        ["zip-hidden-member"],
    ),
}


@pytest.mark.parametrize(("data", "kinds"), LIES.values(), ids=LIES)
def test_lies_are_told_and_the_bytes_read(data: bytes, kinds: list[str]) -> None:
    assert identify(Memory(data))
    said = Said("zip", data)
    assert said.kinds() == kinds
    assert PAYLOAD in said.contents()


def test_two_directories() -> None:
    one, other = Made(b"a", DATA), Made(b"a", PAYLOAD)
    body = local_header(one) + DATA
    second = len(body)
    body += local_header(other) + PAYLOAD
    first_list, second_list = central_header(one, 0), central_header(other, second)
    end = end_record(1, len(second_list), len(body) + len(first_list))
    data = body + first_list + second_list
    data += end_record(1, len(first_list), len(body), comment=end) + end
    said = Said("zip", data)
    assert "zip-two-directories" in said.kinds()
    assert DATA in said.contents() and PAYLOAD in said.contents()


def test_overlapping_members() -> None:
    """Each header quotes the next, as in Fifield's archives, so one body serves them all."""
    body = deflate(bytes(1000))
    members = [Made(b"%d" % index, bytes(1000), raw=body, method=8) for index in range(4)]
    directory = b"".join(central_header(member, 0) for member in members)
    data = local_header(members[0]) + body
    data += directory + end_record(4, len(directory), len(data))
    said = Said("zip", data)
    assert said.kinds().count("zip-overlap") == 1
    overlap = next(e for e in said.events if getattr(e, "kind", "") == "zip-overlap")
    assert [value.value for value in overlap.values][:2] == [3, 4000]


def test_names_in_extra_fields_are_told() -> None:
    other = b"../../evil"
    field = struct.pack("<BI", 1, zlib.crc32(b"a")) + other
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("a")
        info.extra = extra
        archive.writestr(info, DATA)
    assert "../../evil" in [member.name for member in Said("zip", file.getvalue()).members()]


def test_encrypted_members_are_incomplete() -> None:
    said = Said("zip", build(Made(b"a", DATA, flags=1, raw=bytes(range(100)))))
    assert said.kinds() == ["zip-encrypted"]
    assert said.incomplete()


def test_a_member_beyond_the_end() -> None:
    said = Said("zip", build(Made(b"a", PAYLOAD, central={"stored": 1 << 30})))
    assert "zip-truncated" in said.kinds()
    assert said.incomplete()


def test_growth_is_told() -> None:
    said = Said("zip", build(Made(b"a", bytes(70 << 20), method=8)))
    assert said.kinds() == ["compression-ratio"]


def test_duplicates_by_python() -> None:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a", b"one")
            archive.writestr("a", PAYLOAD)
    said = Said("zip", file.getvalue())
    assert said.kinds() == ["zip-duplicate"]
    assert PAYLOAD in said.contents()


def test_a_refinement_skips_plain_members_only() -> None:
    data = build(
        Made(b"plain", DATA), Made(b"deflated", DATA, method=8), Made(b"lie", DATA, flags=1)
    )
    archive = read(Memory(data), Budget())
    events = list(walk(archive, skip=lambda entry: Skipped("tensor data", entry.size)))
    assert [event.size for event in events if isinstance(event, Skipped)] == [len(DATA)]
    assert [event.name for event in events if isinstance(event, Child)] == ["deflated", "lie"]


def test_a_refinement_dresses_members() -> None:
    archive = read(Memory(build(Made(b"a", DATA))), Budget())
    dressed = walk(archive, dress=lambda entry, child: Child(child.name, child.blob, dialect=entry))
    assert [event.dialect for event in dressed if isinstance(event, Child)] == archive.entries


def test_members_that_share_bytes_are_opened_up_to_a_limit() -> None:
    body = deflate(bytes(3 << 20))
    members = [Made(b"%d" % index, bytes(3 << 20), raw=body, method=8) for index in range(50)]
    last = Made(b"last", PAYLOAD)
    data = local_header(members[0]) + body
    directory = b"".join(central_header(member, 0) for member in members)
    directory += central_header(last, len(data))
    data += local_header(last) + PAYLOAD
    data += directory + end_record(51, len(directory), len(data))
    said = Said("zip", data, Limits(ratio_from=8 << 20))
    assert said.limits() == ["ratio"]
    assert len({member.name for member in said.members()}) == 51
    assert sum(map(len, said.contents())) < 16 << 20
    assert PAYLOAD in said.contents()
