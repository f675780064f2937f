"""Payloads in the low bits of weights, in the layouts of published tools: what is found of them.

    python -m evals.hidden_bits [--list] [--bits N]...

Each cell is one array of a real model of the tests, or of a tensor of a type that none of them has,
with a program in 1 to 8 low bits of its elements: the bits of an element most or least significant
first, from the first element on, with a length in front or without, in one tensor or over several.
It is found if a finding of high tells the SHA-256. Returns 1 below 99 %.
"""

from __future__ import annotations

import argparse
import itertools
import random
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from modelassay.core.findings import Severity
from tests.helpers.planting import ARRAY, Host, digest, hosts
from tests.helpers.programs import elf
from tests.helpers.scanning import scan_bytes
from tests.helpers.weights import entry, gguf, safetensors

_COUNT: Final = 16384
_WIDTHS: Final = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int32": 4, "int8": 1}
_SAFE: Final = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int8": "I8",
}
_GGUF: Final = {"float64": 28, "int8": 24}


class Cell(NamedTuple):
    """One way to hide a payload in a model, and whether it was found."""

    format: str
    dtype: str
    bits: int
    order: str
    header: str
    spread: str
    found: bool


def values(dtype: str) -> bytes:
    """Return values as training leaves them."""
    source = random.Random(11)
    drawn = [source.gauss(0, 0.05) for _ in range(_COUNT)]
    if dtype == "int8":
        return array("b", (max(min(int(one * 400), 127), -128) for one in drawn)).tobytes()
    if dtype == "int32":
        return array("i", (int(one * 1e6) for one in drawn)).tobytes()
    if dtype == "bfloat16":
        singles = array("f", drawn).tobytes()
        return b"".join(singles[at + 2 : at + 4] for at in range(0, len(singles), 4))
    letter = {"float32": "f", "float64": "d", "float16": "e"}[dtype]
    return struct.pack(f"<{_COUNT}{letter}", *drawn)


def hide(data: bytes, width: int, payload: bytes, bits: int, falling: bool) -> bytes:
    """Write bits of a payload into the low bits of elements, from the first on."""
    stream = "".join(f"{byte:08b}"[:: 1 if falling else -1] for byte in payload)
    stream += "0" * (-len(stream) % bits)
    out = bytearray(data)
    for index in range(len(stream) // bits):
        group = stream[index * bits : (index + 1) * bits][:: 1 if falling else -1]
        at = index * width
        old = int.from_bytes(out[at : at + width], "little")
        out[at : at + width] = (old >> bits << bits | int(group, 2)).to_bytes(width, "little")
    return bytes(out)


def _made() -> Iterator[tuple[str, str, bytes, int]]:
    """Yield (format, type, bytes, place of the array) of models that are written here."""
    for dtype, name in _SAFE.items():
        size = _COUNT * _WIDTHS[dtype]
        one = {"w": entry(name, [_COUNT], 0, size)}
        part = size // 256
        many = {f"t{at}": entry(name, [64], at * part, (at + 1) * part) for at in range(256)}
        for spread, header in (("one tensor", one), ("256 tensors", many)):
            data = safetensors(header, bytes(size))
            yield f"safetensors, {spread}", dtype, data, len(data) - size
    for dtype, kind in _GGUF.items():
        size = _COUNT * _WIDTHS[dtype]
        data = gguf().tensor("w", [_COUNT], kind, 0, bytes(size)).bytes()
        yield "gguf", dtype, data, len(data) - size
    for dtype, name in (("float16", "<f2"), ("int8", "|i1"), ("int32", "<i4")):
        head = f"{{'descr': '{name}', 'fortran_order': False, 'shape': ({_COUNT},), }}"
        head = head.ljust(117) + "\n"
        start = b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode()
        yield "npy", dtype, start + bytes(_COUNT * _WIDTHS[dtype]), len(start)


def models() -> Iterator[tuple[str, str, bytes, int]]:
    """Yield (format, type, bytes, place of the array) of all models."""
    for host in hosts():
        if host.style == "array":
            yield _real(host)
    yield from _made()


def _real(host: Host) -> tuple[str, str, bytes, int]:
    dtype = host.name.partition(".")[0]
    place = host.data.index(ARRAY[dtype] * 64)
    return host.format.removeprefix("array in "), dtype, host.data, place


def cells(wanted: list[int]) -> Iterator[Cell]:
    """Yield what was found of each way."""
    payload = elf()
    for form, dtype, data, place in models():
        noise, width = values(dtype), _WIDTHS[dtype]
        ways = itertools.product(wanted, (True, False), (b"", struct.pack("<I", len(payload))))
        for bits, falling, header in ways:
            if bits >= 8 * width:
                continue
            changed = hide(noise, width, header + payload, bits, falling)
            made = data[:place] + changed + data[place + len(changed) :]
            told = scan_bytes(made, f"m.{form}", deep=True).findings
            found = any(
                one.severity is Severity.HIGH and digest(payload) in one.message for one in told
            )
            order = f"{'most' if falling else 'least'} significant first"
            name, _, spread = form.partition(", ")
            length = "length" if header else "none"
            yield Cell(name, dtype, bits, order, length, spread or "one tensor", found)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, action="append")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    made = list(cells(args.bits or list(range(1, 9))))
    found = sum(cell.found for cell in made)
    print(f"{found} of {len(made)} found, {found / len(made):.2%}")
    for key in Cell._fields[:-1]:
        planted = Counter(getattr(cell, key) for cell in made)
        seen = Counter(getattr(cell, key) for cell in made if cell.found)
        print(f"\n| {key} | planted | found |\n|---|---|---|")
        for name, count in sorted(planted.items()):
            print(f"| {name} | {count} | {seen[name]} |")
    for cell in made if args.list else ():
        if not cell.found:
            print(*cell, sep=" | ")
    return int(found < len(made) * 0.99)


if __name__ == "__main__":
    sys.exit(main())
