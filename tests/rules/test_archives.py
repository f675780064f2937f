"""What whole archives are reported as: honest ones as nothing, hostile ones as what they do."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib

import pytest

from modelassay.core.facts import Member
from modelassay.io.budget import Limits
from modelassay.rules.base import Subject
from modelassay.rules.paths import absolute, parts
from tests.helpers.scanning import rules_of, scan_bytes
from tests.helpers.zips import Made, build, central_header, deflate, end_record, local_header

CLEAN = b"\x80\x04]\x94."
SYMLINK = 0o120777


def tar(*members: tuple[str, bytes, str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return file.getvalue()


def quoted(count: int, size: int) -> bytes:
    """Many members with one body."""
    body = deflate(bytes(size))
    members = [Made(b"%d" % index, bytes(size), raw=body, method=8) for index in range(count)]
    directory = b"".join(central_header(member, 0) for member in members)
    data = local_header(members[0]) + body
    return data + directory + end_record(count, len(directory), len(data))


def test_honest_archives_are_clean() -> None:
    inner = build(Made(b"a", CLEAN), Made(b"folder/", b""), Made(b"b", bytes(1000), method=8))
    for data in (inner, gzip.compress(inner), build(Made(b"inner.zip", inner))):
        report = scan_bytes(data)
        assert rules_of(report) == {}
        assert report.complete


HOSTILE = {
    "climbing": (build(Made(b"../x", CLEAN)), "archive-path-traversal", "high"),
    "climbing locally": (
        build(Made(b"x", CLEAN, local={"name": b"../x"})),
        "archive-path-traversal",
        "high",
    ),
    "backslashes": (build(Made(b"..\\x", CLEAN)), "archive-path-traversal", "high"),
    "zip link": (
        build(Made(b"x", b"/etc/passwd", mode=SYMLINK)),
        "archive-link-escape",
        "high",
    ),
    "tar link": (tar(("x", tarfile.SYMTYPE, "../..")), "archive-link-escape", "high"),
    "hard link": (tar(("a/x", tarfile.LNKTYPE, "../x")), "archive-link-escape", "high"),
    "through a link": (
        tar(("a", tarfile.SYMTYPE, "b"), ("a/x", tarfile.REGTYPE, "")),
        "archive-link-escape",
        "high",
    ),
    "device": (tar(("x", tarfile.CHRTYPE, "")), "archive-link-escape", "medium"),
    "name": (build(Made(b"x", CLEAN, local={"name": b"y"})), "archive-lie", "high"),
    "hidden": (build(Made(b"x", CLEAN, listed=False), Made(b"y")), "archive-lie", "medium"),
    "encrypted": (
        build(Made(b"x", CLEAN, flags=1, raw=b"\xfe" * 30)),
        "encrypted-member",
        "medium",
    ),
    "checksum": (
        build(Made(b"x", CLEAN, local={"crc": 1}, central={"crc": 1})),
        "archive-damage",
        "low",
    ),
    "prefix": (build(Made(b"x", CLEAN), prefix=b"\xfe" * 9), "unexpected-data", "low"),
    "suffix": (gzip.compress(CLEAN) + b"\xfe" * 9, "unexpected-data", "low"),
    "growth": (build(Made(b"x", bytes(70 << 20), method=8)), "decompression-bomb", "medium"),
    "layers": (
        gzip.compress(gzip.compress(bytes(70 << 20))),
        "decompression-bomb",
        "high",
    ),
    "shared bytes": (quoted(40, 40 << 20), "decompression-bomb", "high"),
}


@pytest.mark.parametrize(("data", "rule", "severity"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_archives_are_reported(data: bytes, rule: str, severity: str) -> None:
    limits = Limits(seconds=60, inflated=128 << 20)
    assert rules_of(scan_bytes(data, limits=limits)).get(rule) == severity


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress])
def test_zeros_in_one_layer_are_honest(compress: object) -> None:
    limits = Limits(seconds=60)
    report = scan_bytes(compress(bytes(70 << 20)), limits=limits)  # type: ignore[operator]
    assert rules_of(report) == {}


def test_an_archive_that_holds_itself_ends() -> None:
    data = CLEAN
    for _ in range(40):
        data = gzip.compress(data)
    report = scan_bytes(data)
    assert rules_of(report) == {"limit-reached": "medium"}
    assert not report.complete


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b", ["a", "b"]),
        ("a/../b", ["b"]),
        ("./a//b/", ["a", "b"]),
        ("a/../../b", None),
        ("..", None),
        ("a\\..\\..\\b", None),
        ("", []),
    ],
)
def test_parts(path: str, expected: list[str] | None) -> None:
    assert parts(path) == expected


@pytest.mark.parametrize("path", ["/a", "\\a", "\\\\host\\share", "C:\\a", "c:/a"])
def test_absolute(path: str) -> None:
    assert absolute(path)


@pytest.mark.parametrize("path", ["a", "a/b", "W:0.npy", "a:/b", "", "."])
def test_not_absolute(path: str) -> None:
    assert absolute(path) == (path == "a:/b")


def test_many_links_and_members_take_no_long() -> None:
    from modelassay.rules import archive_link_escape as rule

    links = [Member(name=f"l{i}", type="symlink", target="x") for i in range(20_000)]
    files = [Member(name="/".join("d" * 50) + f"/{i}") for i in range(20_000)]
    assert list(rule.check(Subject([*links, *files]))) == []
