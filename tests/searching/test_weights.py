"""Payloads in the bits of weights, in the layouts of published tools, taken out by a deep scan."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zipfile
from array import array
from collections.abc import Callable

import pytest

from modelassay.core.findings import Severity
from modelassay.core.report import Report
from tests.helpers.programs import PAYLOADS, elf
from tests.helpers.scanning import scan_bytes
from tests.helpers.weights import entry, safetensors

COUNT = 24_000
WIDTHS = {"F32": 4, "BF16": 2, "F16": 2, "F64": 8}
HIDDEN = {kind: PAYLOADS[kind] for kind in ("elf", "pe", "zip", "pickle", "script", "elf in gzip")}


def weights(dtype: str, count: int = COUNT, seed: int = 5) -> bytes:
    """Return values as training leaves them."""
    noise = random.Random(seed)
    values = [noise.gauss(0, 0.02) for _ in range(count)]
    if dtype == "F16":
        return struct.pack(f"<{count}e", *values)
    if dtype == "F64":
        return array("d", values).tobytes()
    singles = array("f", values).tobytes()
    if dtype == "F32":
        return singles
    return b"".join(singles[at + 2 : at + 4] for at in range(0, len(singles), 4))


VALUES = {dtype: weights(dtype) for dtype in WIDTHS}


def hide(
    values: bytes, width: int, payload: bytes, bits: int, falling: bool = True, filling: bool = True
) -> bytes:
    """Write a payload into the low bits of the first values, as the tools do it bit by bit."""
    digits = "".join(f"{byte:08b}" if filling else f"{byte:08b}"[::-1] for byte in payload)
    digits += "0" * (-len(digits) % bits)
    out = bytearray(values)
    for index in range(len(digits) // bits):
        group = digits[index * bits : (index + 1) * bits]
        at = index * width
        old = int.from_bytes(out[at : at + width], "little")
        new = old >> bits << bits | int(group if falling else group[::-1], 2)
        out[at : at + width] = new.to_bytes(width, "little")
    return bytes(out)


def model(*tensors: tuple[str, bytes]) -> bytes:
    header, body = {}, b""
    for index, (dtype, data) in enumerate(tensors):
        end = len(body) + len(data)
        header[f"t{index}"] = entry(dtype, [len(data) // WIDTHS[dtype]], len(body), end)
        body += data
    return safetensors(header, body)


def found(report: Report, payload: bytes) -> list[int | None]:
    """Return the offsets of what is told, at high, with the hash of the payload."""
    digest = hashlib.sha256(payload).hexdigest()
    return [
        finding.location.offset
        for finding in report.findings
        if finding.rule == "hidden-payload"
        and digest in finding.message
        and "bits of" in finding.message
        and finding.severity is Severity.HIGH
    ]


HEADERS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda payload: b"",
    "length": lambda payload: struct.pack("<i", len(payload)),
    "wide length": lambda payload: struct.pack(">Q", len(payload)),
    "torch_steganography": lambda payload: (
        struct.pack("i", len(payload)) + hashlib.sha256(payload).hexdigest().encode()
    ),
}


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("dtype", ["F32", "BF16"])
@pytest.mark.parametrize("kind", HIDDEN)
def test_the_low_bits(kind: str, dtype: str, bits: int, header: str) -> None:
    payload = HIDDEN[kind]
    if (len(payload) + 80) * 8 > COUNT * bits:
        pytest.skip("it does not fit")
    values = hide(VALUES[dtype], WIDTHS[dtype], HEADERS[header](payload) + payload, bits)
    data = model((dtype, values))
    assert found(scan_bytes(data, deep=True), payload) == [len(data) - len(values)]


@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("filling", [True, False])
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("dtype", ["F32", "F16", "F64"])
def test_the_orders(dtype: str, bits: int, falling: bool, filling: bool) -> None:
    values = hide(VALUES[dtype], WIDTHS[dtype], elf(), bits, falling, filling)
    assert found(scan_bytes(model((dtype, values)), deep=True), elf())


@pytest.mark.parametrize("whole", [2, 3])
@pytest.mark.parametrize("falling", [True, False])
def test_the_bytes_below_the_first(whole: int, falling: bool) -> None:
    """EvilModel keeps the leading byte and writes the other three."""
    values = hide(VALUES["F32"], 4, elf(), 8 * whole, falling, falling)
    assert found(scan_bytes(model(("F32", values)), deep=True), elf())


def test_a_payload_over_several_tensors() -> None:
    values = hide(VALUES["BF16"], 2, elf(), 1)
    cuts = [values[:1000], values[1000:1010], values[1010:]]
    data = model(("BF16", VALUES["BF16"]), ("F32", VALUES["F32"]), *(("BF16", one) for one in cuts))
    assert found(scan_bytes(data, deep=True), elf()) == [len(data) - len(values)]


def shifted(values: bytes, width: int, start: int, payload: bytes, *order: int) -> bytes:
    """Hide a payload from the element `start` on."""
    return values[: start * width] + hide(values[start * width :], width, payload, *order)


@pytest.mark.parametrize("start", [1, 5, 333, 2050])
@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("filling", [True, False])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("kind", ["elf", "pe", "script"])
def test_from_the_middle_of_a_tensor(
    kind: str, bits: int, filling: bool, falling: bool, start: int
) -> None:
    values = shifted(VALUES["F32"], 4, start, HIDDEN[kind], bits, falling, filling)
    data = model(("BF16", VALUES["BF16"]), ("F32", values))
    at = len(data) - len(values) + 4 * start
    assert found(scan_bytes(data, deep=True), HIDDEN[kind]) == [at]


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F64"])
@pytest.mark.parametrize("kind", HIDDEN)
def test_from_the_middle_of_other_numbers(kind: str, dtype: str) -> None:
    width = WIDTHS[dtype]
    values = shifted(VALUES[dtype], width, 3001, HIDDEN[kind], 4)
    data = model(("F32", VALUES["F32"]), (dtype, values))
    at = len(data) - len(values) + width * 3001
    assert found(scan_bytes(data, deep=True), HIDDEN[kind]) == [at]


@pytest.mark.parametrize("whole", [2, 3])
@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("kind", HIDDEN)
def test_the_lowest_bytes_from_the_middle(kind: str, falling: bool, whole: int) -> None:
    values = shifted(VALUES["F32"], 4, 77, HIDDEN[kind], 8 * whole, falling, falling)
    data = model(("F32", values))
    assert found(scan_bytes(data, deep=True), HIDDEN[kind]) == [len(data) - len(values) + 308]


def test_any_message_whose_digest_stands_before_it() -> None:
    message = bytes(random.Random(3).randbytes(900))
    sealed = HEADERS["torch_steganography"](message) + message
    values = hide(VALUES["F32"], 4, sealed, 3)
    assert found(scan_bytes(model(("F32", values)), deep=True), message)


def test_the_signs() -> None:
    out = bytearray(VALUES["F32"])
    digits = "".join(f"{byte:08b}" for byte in elf())
    for index, digit in enumerate(digits):
        out[index * 4 + 3] = out[index * 4 + 3] & 0x7F | int(digit) << 7
    assert found(scan_bytes(model(("F32", bytes(out))), deep=True), elf())


def _npy(values: bytes) -> bytes:
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(values) // 4},), }}"
    head = head.ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + values


def _npz(values: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("w.npy", _npy(values))
    return buffer.getvalue()


@pytest.mark.parametrize("build", [_npy, _npz])
def test_other_formats(build: Callable[[bytes], bytes]) -> None:
    assert found(scan_bytes(build(hide(VALUES["F32"], 4, elf(), 2)), deep=True), elf())


@pytest.mark.parametrize("dtype", WIDTHS)
def test_honest_weights_hide_nothing(dtype: str) -> None:
    zeros, ones = bytes(4096 * 8), array("f", [1.0] * 8192).tobytes()
    counting = array("q", range(8192)).tobytes()
    data = model((dtype, VALUES[dtype]), (dtype, zeros), (dtype, ones), (dtype, counting))
    assert scan_bytes(data, deep=True).findings == []


def test_a_leading_byte_that_never_changes() -> None:
    noise = bytearray(random.Random(4).randbytes(4 * 8192))
    noise[3::4] = bytes(0x3C | byte & 0x80 for byte in noise[3::4])
    report = scan_bytes(model(("F32", bytes(noise))), deep=True)
    assert [(f.rule, f.severity.value) for f in report.findings] == [("altered-weights", "medium")]


def test_low_bits_written_over_widened_values() -> None:
    widened = bytearray(VALUES["F32"])
    widened[0::4] = widened[1::4] = bytes(COUNT)
    assert scan_bytes(model(("F32", bytes(widened))), deep=True).findings == []
    for at in range(0, 4 * 900, 4):
        widened[at] = widened[at + 1] = at % 251 + 1
    report = scan_bytes(model(("F32", bytes(widened))), deep=True)
    assert [(f.rule, f.severity.value) for f in report.findings] == [("altered-weights", "low")]


def test_few_low_bits_below_a_gap() -> None:
    widened = bytearray(VALUES["F32"])
    widened[1::4] = bytes(COUNT)
    widened[0::4] = bytes(byte & 3 for byte in random.Random(6).randbytes(COUNT))
    report = scan_bytes(model(("F32", bytes(widened))), deep=True)
    assert [(f.rule, f.severity.value) for f in report.findings] == [("altered-weights", "low")]


def test_one_tensor_among_widened_siblings() -> None:
    full = VALUES["F32"] * 3
    widened = bytearray(full)
    widened[0::4] = widened[1::4] = bytes(len(full) // 4)
    siblings = [("F32", bytes(widened))] * 9
    assert scan_bytes(model(*siblings), deep=True).findings == []
    report = scan_bytes(model(*siblings, ("F32", full)), deep=True)
    assert [(f.rule, f.severity.value) for f in report.findings] == [("altered-weights", "low")]


def test_a_bias_of_full_precision_before_widened_weights_is_honest() -> None:
    """As exporters fold normalisation into biases of a model that was trained in halves."""
    widened = bytearray(VALUES["F32"])
    widened[0::4] = widened[1::4] = bytes(COUNT)
    bias = VALUES["F32"][: 4 * 256]
    assert scan_bytes(model(("F32", bias), ("F32", bytes(widened))), deep=True).findings == []


def test_default_scans_leave_weights_alone() -> None:
    data = model(("F32", hide(VALUES["F32"], 4, elf(), 2)))
    assert scan_bytes(data).findings == []


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("bits", [3, 5])
def test_an_array_of_a_pickle_of_which_only_the_array_tells_where_it_starts(
    bits: int, protocol: int
) -> None:
    """As numpy writes arrays: a state of version, shape, type, order, bytes."""
    start = b"\x80" + bytes((protocol,)) + b"cnumpy.core.multiarray\n_reconstruct\n"
    start += b"cnumpy\nndarray\nK\0\x85C\1b\x87R(K\1M" + struct.pack("<H", COUNT) + b"\x85"
    start += b"cnumpy\ndtype\nX\2\0\0\0f4\x89\x88\x87R(K\3X\1\0\0\0<NNN"
    start += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    values = hide(VALUES["F32"], 4, elf(), bits)
    data = start + b"\x89B" + struct.pack("<I", len(values)) + values + b"tb."
    assert found(scan_bytes(data, deep=True), elf()) == [data.index(values)]
