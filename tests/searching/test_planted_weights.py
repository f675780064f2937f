"""Payloads in the low bits of one tensor of a model, of each format, as its own tool wrote it."""

from __future__ import annotations

import hashlib
import lzma
import random
import struct
from array import array
from functools import cache
from pathlib import Path

import pytest

from modelassay.core.findings import Severity
from modelassay.core.report import Report
from tests.helpers.programs import PAYLOADS
from tests.helpers.scanning import scan_bytes

DATA = Path(__file__).parents[1] / "data" / "planting"
MODELS = sorted(path.name.removesuffix(".xz") for path in DATA.iterdir())
COUNT = 16384
#: The bytes of an element, and how one and three are written, over and over, in each type.
ARRAYS = {
    "float32": (4, array("f", [1, 3]).tobytes()),
    "float64": (8, array("d", [1, 3]).tobytes()),
    "float16": (2, struct.pack("<2e", 1, 3)),
    "bfloat16": (2, bytes.fromhex("803f4040")),
    "int32": (4, struct.pack("<2i", 1, 3)),
}
KINDS = ("elf", "pe", "macho", "zip", "pickle", "script", "elf in gzip")
KINDS = tuple(kind for kind in KINDS if kind in PAYLOADS)


@cache
def model(name: str) -> tuple[bytes, int]:
    """Return a model, and the place of its array."""
    data = lzma.decompress((DATA / f"{name}.xz").read_bytes())
    pattern = ARRAYS[name.partition(".")[0]][1]
    assert data.count(pattern * (COUNT // 2)) == 1
    return data, data.index(pattern * (COUNT // 2))


@cache
def noise(dtype: str) -> bytes:
    """Return values as training leaves them."""
    source = random.Random(11)
    values = [source.gauss(0, 0.05) for _ in range(COUNT)]
    if dtype == "int32":
        return struct.pack(f"<{COUNT}i", *(int(value * 1e6) for value in values))
    if dtype == "bfloat16":
        singles = array("f", values).tobytes()
        return b"".join(singles[at + 2 : at + 4] for at in range(0, len(singles), 4))
    letter = {"float32": "f", "float64": "d", "float16": "e"}[dtype]
    return struct.pack(f"<{COUNT}{letter}", *values)


def hide(values: bytes, width: int, start: int, payload: bytes, bits: int, falling: bool) -> bytes:
    """Write bits of a payload into those of values, from the element `start` on."""
    stream = "".join(f"{byte:08b}"[:: 1 if falling else -1] for byte in payload)
    stream += "0" * (-len(stream) % bits)
    out = bytearray(values)
    for index in range(len(stream) // bits):
        group = stream[index * bits : (index + 1) * bits][:: 1 if falling else -1]
        at = (start + index) * width
        old = int.from_bytes(out[at : at + width], "little")
        out[at : at + width] = (old >> bits << bits | int(group, 2)).to_bytes(width, "little")
    return bytes(out)


def planted(name: str, start: int, payload: bytes, bits: int, falling: bool) -> tuple[bytes, int]:
    """Return a model with noise for its array and a payload in it, and the place of the array."""
    data, place = model(name)
    dtype = name.partition(".")[0]
    width = ARRAYS[dtype][0]
    values = hide(noise(dtype), width, start, payload, bits, falling)
    return data[:place] + values + data[place + len(values) :], place


def told(report: Report, payload: bytes) -> list[int]:
    """Return the places, in whatever holds them, where a payload of this hash is told at high."""
    digest = hashlib.sha256(payload).hexdigest()
    return [
        finding.location.offset or 0
        for finding in report.findings
        if finding.rule == "hidden-payload"
        and finding.severity is Severity.HIGH
        and digest in finding.message
        and "bits of" in finding.message
    ]


def _member(data: bytes, place: int) -> int:
    """Return where the member of a zip that holds `place` starts, 0 for what is no zip."""
    header = data.rfind(b"PK\3\4", 0, place)
    if not data.startswith(b"PK") or header < 0:
        return 0
    name, extra = struct.unpack_from("<HH", data, header + 26)
    return header + 30 + int(name) + int(extra)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_hidden_in_an_array(name: str, kind: str, bits: int) -> None:
    payload = PAYLOADS[kind]
    for start, header, falling in (
        (0, struct.pack("<I", len(payload)), True),
        (1003, b"", True),
        (2050, b"", False),
    ):
        if (len(payload) + len(header)) * 8 > (COUNT - start) * bits:
            continue
        data, place = planted(name, start, header + payload, bits, falling)
        at = place + start * ARRAYS[name.partition(".")[0]][0]
        places = told(scan_bytes(data, name, deep=True), payload)
        head = len(header) * 8 // bits * ARRAYS[name.partition(".")[0]][0]
        wanted = {at, at + head, at - _member(data, place)}
        assert len(places) == 1 and set(places) <= wanted, (places, wanted)


@pytest.mark.parametrize("name", MODELS)
def test_noise_hides_nothing(name: str) -> None:
    data, _ = planted(name, 0, b"", 1, True)
    rules = {finding.rule for finding in scan_bytes(data, name, deep=True).findings}
    assert not rules & {"hidden-payload", "altered-weights"}
