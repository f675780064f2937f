"""Archives that are cut or changed anywhere: no error escapes, and what can be read is read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.scanning import scan_bytes
from tests.helpers.zips import Made, build

PAYLOAD = b"\x80\x04cposix\nsystem\n(X\x02\x00\x00\x00idtR."


def _tar(format: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as archive:
        for name in ("model.pkl", "folder/" * 20 + "x"):
            info = tarfile.TarInfo(name)
            info.size = len(PAYLOAD)
            archive.addfile(info, io.BytesIO(PAYLOAD))
    return file.getvalue()[: 12 * 512]


def _sevenzip() -> bytes:
    py7zr = pytest.importorskip("py7zr")
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w") as archive:
        archive.writestr(PAYLOAD, "model.pkl")
    return file.getvalue()


ZIP = build(Made(b"a/data.pkl", PAYLOAD), Made(b"b", PAYLOAD, method=8), comment=b"note")
SAMPLES = {
    "zip": ZIP,
    "nested zip": build(Made(b"inner.zip", ZIP, method=8)),
    "tar": _tar(tarfile.PAX_FORMAT),
    "gnu tar": _tar(tarfile.GNU_FORMAT),
    "gzip": gzip.compress(PAYLOAD, mtime=0),
    "bzip2": bz2.compress(PAYLOAD),
    "xz": lzma.compress(PAYLOAD),
    "lzma": lzma.compress(PAYLOAD, lzma.FORMAT_ALONE),
    "zlib": zlib.compress(PAYLOAD),
    "zstd": zstd.compress(PAYLOAD),
    "7z": _sevenzip(),
    "tar.gz": gzip.compress(_tar(tarfile.USTAR_FORMAT), mtime=0),
}
every_sample = pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)


@every_sample
def test_whole_it_is_malicious_and_complete(data: bytes) -> None:
    report = scan_bytes(data)
    assert report.verdict == "malicious"
    assert report.complete


@every_sample
def test_cut_anywhere_it_is_never_clean(data: bytes) -> None:
    """A cut archive still shows the payload, or says that it was not read whole."""
    for end in range(1, len(data), 1 if len(data) < 1024 else 37):
        if data[:end].isascii() and data[:end].decode().isprintable():
            continue  # as yet it is nothing but text
        report = scan_bytes(data[:end], "model.pt")
        assert report.errors == []
        assert not (report.verdict == "clean" and report.complete), end


@every_sample
def test_what_stands_before_the_cut_is_found(data: bytes) -> None:
    report = scan_bytes(data[: len(data) - 3], "model.pt")
    assert report.verdict == "malicious" or not report.complete


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_changed_anywhere_no_error_escapes(name: str, draw: st.DataObject) -> None:
    data = bytearray(SAMPLES[name])
    for _ in range(draw.draw(st.integers(1, 4))):
        place = draw.draw(st.integers(0, len(data) - 1))
        data[place] = draw.draw(st.integers(0, 255))
    assert scan_bytes(bytes(data)).errors == []


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=40), st.data())
def test_bytes_put_in_or_left_out(name: str, extra: bytes, draw: st.DataObject) -> None:
    data = SAMPLES[name]
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, min(start + 60, len(data))))
    assert scan_bytes(data[:start] + extra + data[end:]).errors == []


@pytest.mark.parametrize("piece", [SAMPLES["gzip"], SAMPLES["xz"], ZIP, SAMPLES["bzip2"]])
def test_many_archives_among_junk_are_each_read_once(piece: bytes) -> None:
    """What stands behind one is handed on by it, and searched already by whoever found it."""
    report = scan_bytes(b"\xfe\xff\0" + (piece + b"\xfe\xfejunk\0") * 60)
    assert report.verdict == "malicious"
    assert len(report.artifacts) < 600
