"""Bombs of every class, small as files: what unpacks them runs out of memory, disk or time."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.helpers.hdf5 import Made, contiguous, dataset, filters, link, space

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB: Final = 1 << 20
_FLOAT: Final = b"\x11\x20\x1f\0\x04\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0"
_UNDEFINED: Final = (1 << 64) - 1
_QUINE: Final = Path(__file__).parents[1] / "data/fuzz/archive-that-holds-itself-twice.zip"


def zeros(compress: Callable[[bytes], bytes], mebibytes: int = 64) -> bytes:
    """One layer of zeros."""
    return compress(bytes(mebibytes * MIB))


def pack(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of `members`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def nested_zip(levels: int = 5, width: int = 16) -> bytes:
    """Archives in archives as in 42.zip: each holds `width` equal ones."""
    data = pack({"0.dll": bytes(MIB)})
    for _ in range(levels):
        data = pack({f"lib {index}.zip": data for index in range(width)})
    return data


def overlapping(count: int = 500, mebibytes: int = 8) -> bytes:
    """Members that share their bytes, as D. Fifield builds them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = bytes(mebibytes * MIB)
    kernel, crc = packer.compress(raw) + packer.flush(), zlib.crc32(raw)
    numbers = (0, 8, 0, 33, crc, len(kernel), len(raw))
    local = struct.pack("<4s5HIIIHH", b"PK\3\4", 20, *numbers, 1, 0) + b"a" + kernel
    names = [b"f%05d" % index for index in range(count)]
    central = b"".join(
        struct.pack("<4s6HIIIHHHHHII", b"PK\1\2", 20, 20, *numbers, len(name), *[0] * 6) + name
        for name in names
    )
    sizes = (0, 0, count, count, len(central), len(local), 0)
    return local + central + struct.pack("<4s4HIIH", b"PK\5\6", *sizes)


def sparse_tar(size: int = 1 << 40) -> bytes:
    """A member that claims a tebibyte and stores 512 bytes (the format of GNU, version 1.0)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("GNUSparseFile.0/weights.bin")
        stored = b"1\n0\n512\n".ljust(512, b"\0") + bytes(512)
        info.size = len(stored)
        info.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": "weights.bin",
            "GNU.sparse.realsize": str(size),
        }
        file.addfile(info, io.BytesIO(stored))
    return buffer.getvalue()


def nested_tar(levels: int = 6) -> bytes:
    """An archive of zeros, packed and put into an archive again and again."""
    data = bytes(64 * MIB)
    for level in range(levels):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as file:
            info = tarfile.TarInfo(f"{level}.tar.gz")
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        data = buffer.getvalue()
    return data


def npy(shape: str, data: bytes = b"") -> bytes:
    """An array file that states `shape` and holds `data`."""
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + data


def chunked(count: int = 400) -> bytes:
    """Chunks of HDF5 that share one stream of zeros, in a dataset of a tebibyte."""
    made = Made()
    layout = made.add_chunk(zlib.compress(bytes(4 * MIB), 9), 4 * MIB, 1)
    shape = space(1 << 40)
    return made.finish(
        link("w", made.add_object(*dataset(_FLOAT, shape, layout), filters((1, (6,)))))
    )


def claimed() -> bytes:
    """A dataset of HDF5 that states four tebibytes and stores none."""
    made = Made()
    inner = dataset(_FLOAT, space(10**6, 10**6), contiguous(_UNDEFINED, 0))
    return made.finish(link("w", made.add_object(*inner)))


def safetensors_claim() -> bytes:
    """A header that states a tensor of an exbibyte."""
    entry = {"dtype": "F32", "shape": [1 << 58], "data_offsets": [0, 1 << 60]}
    header = json.dumps({"w": entry}).encode()
    return struct.pack("<Q", len(header)) + header


#: Each class: how it is built, the rule that tells of it, and how many bytes may be inflated.
#: One layer of zeros may be an honest array: it ends in time, and is no finding.
BOMBS: Final[dict[str, tuple[Callable[[], bytes], str | None, int]]] = {
    "42.zip": (nested_zip, "decompression-bomb", 4 * MIB),
    "zip quine": (_QUINE.read_bytes, "decompression-bomb", MIB),
    "overlapping members": (overlapping, "decompression-bomb", 64 * MIB),
    "sparse tar": (sparse_tar, "decompression-bomb", 0),
    "tar.gz in tar.gz": (nested_tar, "decompression-bomb", 80 * MIB),
    "gzip": (lambda: zeros(gzip.compress), None, 128 * MIB),
    "gzip in gzip": (lambda: gzip.compress(zeros(gzip.compress)), "decompression-bomb", 80 * MIB),
    "bzip2": (lambda: zeros(bz2.compress), None, 128 * MIB),
    "bzip2 in bzip2": (lambda: bz2.compress(zeros(bz2.compress)), None, 128 * MIB),
    "xz": (lambda: zeros(lzma.compress), None, 128 * MIB),
    "xz in xz": (lambda: lzma.compress(zeros(lzma.compress)), "decompression-bomb", 128 * MIB),
    "zstd": (lambda: zeros(zstd.compress), None, 128 * MIB),
    "zstd in zstd": (
        lambda: zstd.compress(zeros(zstd.compress)),
        "decompression-bomb",
        128 * MIB,
    ),
    "zlib (joblib)": (lambda: zeros(zlib.compress), None, 128 * MIB),
    "npz of zeros": (
        lambda: pack({"w.npy": npy("(8388608,)", bytes(64 * MIB))}),
        None,
        128 * MIB,
    ),
    "npz that holds itself": (
        lambda: pack({"w.npz": _QUINE.read_bytes()}, zipfile.ZIP_STORED),
        "decompression-bomb",
        MIB,
    ),
    "npy of a huge shape": (lambda: npy("(1099511627776,)"), "numpy-header", 0),
    "npz of a huge shape": (
        lambda: pack({"w.npy": npy("(1099511627776,)")}),
        "numpy-header",
        MIB,
    ),
    "records of torch": (
        lambda: pack(
            {"m/data.pkl": b"\x80\x02}q\0.", "m/version": b"3\n", "m/data/0": bytes(64 * MIB)}
        ),
        "decompression-bomb",
        80 * MIB,
    ),
    "sixteen members of gzip": (
        lambda: zeros(gzip.compress) * 16,
        "decompression-bomb",
        80 * MIB,
    ),
    "chunks of HDF5": (chunked, "size-bomb", 16 * MIB),
    "HDF5 of a huge shape": (claimed, "size-bomb", 0),
    "safetensors of a huge shape": (safetensors_claim, "safetensors-header", 0),
}
