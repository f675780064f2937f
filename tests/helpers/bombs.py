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


def nested(levels: int, pack_one: Callable[[bytes], bytes], data: bytes = bytes(MIB)) -> bytes:
    """Pack `data` again and again."""
    for _ in range(levels):
        data = pack_one(data)
    return data


def sevenzip(members: dict[str, bytes]) -> bytes:
    """Return a 7z archive. Raises `ImportError` without the extra."""
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=[{"id": py7zr.FILTER_DEFLATE}]) as file:
        for name, data in members.items():
            file.writestr(data, name)
    return buffer.getvalue()


def lz4(data: bytes) -> bytes:
    """Return a frame of LZ4. Raises `ImportError` without the extra."""
    import lz4.frame

    made: bytes = lz4.frame.compress(data)
    return made


def xz_window() -> bytes:
    """A stream whose one block states a dictionary of four gibibytes."""
    made = bytearray(lzma.compress(bytes(MIB)))
    size = (made[12] + 1) * 4
    made[12 + 4] = 40  # the size of the dictionary in the properties of LZMA2
    made[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(made[12 : 12 + size - 4]))
    return bytes(made)


def lzma_window() -> bytes:
    """A stream of the older format that states a dictionary of four gibibytes."""
    made = bytearray(lzma.compress(bytes(MIB), lzma.FORMAT_ALONE))
    made[1:5] = b"\xff" * 4
    return bytes(made)


def zstd_window() -> bytes:
    """A frame that states a window of two gibibytes, and blocks of one byte each repeated."""
    block = struct.pack("<I", 128 << 10 << 3 | 1 << 1)[:3] + b"\0"
    last = struct.pack("<I", 128 << 10 << 3 | 1 << 1 | 1)[:3] + b"\0"
    return b"\x28\xb5\x2f\xfd\0\xa8" + block * 7 + last


def zip64_claim() -> bytes:
    """A member that states an exbibyte, in an entry of its own."""
    made = bytearray(pack({"w.bin": bytes(64)}, zipfile.ZIP_STORED))
    at = made.index(b"PK\1\2")
    wide = struct.pack("<HHQQ", 1, 16, 1 << 60, 64)
    made[at + 24 : at + 28] = b"\xff" * 4
    made[at + 20 : at + 24] = b"\xff" * 4
    made[at + 30 : at + 32] = struct.pack("<H", len(wide))
    made[at + 46 + 5 : at + 46 + 5] = wide
    end = made.index(b"PK\5\6")
    made[end + 12 : end + 16] = struct.pack("<I", end - at)
    return bytes(made)


def keras_claim() -> bytes:
    """A Keras model whose weights state four tebibytes."""
    config = b'{"class_name": "Sequential", "config": {"name": "s", "layers": []}}'
    return pack({"config.json": config, "metadata.json": b"{}", "model.weights.h5": claimed()})


def onnx_claim() -> bytes:
    """An ONNX model with a tensor of an exbibyte, of which nothing is stored."""

    def field(number: int, data: bytes) -> bytes:
        return bytes((number << 3 | 2,)) + _varint(len(data)) + data

    dims = b"\x08" + _varint(1 << 58)
    node = field(1, b"w") + field(2, b"y") + field(4, b"Identity")
    graph = field(1, node) + field(2, b"g") + field(5, dims + b"\x10\1" + field(8, b"w"))
    return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11")


def _varint(number: int) -> bytes:
    made = b""
    while number > 127:
        made += bytes((number & 127 | 128,))
        number >>= 7
    return made + bytes((number,))


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
    "twelve layers of gzip": (
        lambda: nested(12, gzip.compress, zeros(gzip.compress)),
        "decompression-bomb",
        80 * MIB,
    ),
    "a hundred archives in each other": (
        lambda: nested(100, lambda data: pack({"a.zip": data})),
        "limit-reached",
        MIB,
    ),
    "7z": (lambda: sevenzip({"w": bytes(64 * MIB)}), None, 128 * MIB),
    "7z in 7z": (
        lambda: sevenzip({"a.7z": sevenzip({"w": bytes(64 * MIB)})}),
        "decompression-bomb",
        128 * MIB,
    ),
    "lz4": (lambda: zeros(lz4), None, 128 * MIB),
    "lz4 in lz4": (lambda: nested(3, lz4, bytes(64 * MIB)), "decompression-bomb", 80 * MIB),
    "window of xz": (xz_window, None, MIB),
    "window of lzma": (lzma_window, None, MIB),
    "window of zstd": (zstd_window, None, MIB),
    "member of a huge size": (zip64_claim, "archive-lie", MIB),
    "Keras of a huge shape": (keras_claim, "size-bomb", MIB),
    "ONNX of a huge shape": (onnx_claim, "tensor-mismatch", 0),
    "safetensors of a huge shape": (safetensors_claim, "safetensors-header", 0),
}
