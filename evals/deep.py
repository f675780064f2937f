"""The deep scan of a large file against `sha256sum` of it, in the same run.

    python -m evals.deep [--size GIB] [--keep FOLDER]

It writes a safetensors file of pseudo-random float32 tensors, whose bits are as random as bits can
be: nothing may be found in it. Each time is the best of two, with the file in the page cache.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

GIB: Final = 1 << 30
_PIECE: Final = 16 << 20
_TENSOR: Final = 64 << 20
_CEILING: Final = 2.1
_MEMORY: Final = 200 << 20
_DEFAULT: Final = 0.3


class Run(NamedTuple):
    """Seconds of wall clock and of processor, and the peak of memory in bytes."""

    wall: float
    cpu: float
    memory: int


def write(path: Path, size: int) -> None:
    """Write a file of about `size` bytes; the exponents are those of small weights."""
    count = max(size // _TENSOR, 1)
    header = {
        f"layers.{index}.weight": {
            "dtype": "F32",
            "shape": [_TENSOR // 4],
            "data_offsets": [index * _TENSOR, (index + 1) * _TENSOR],
        }
        for index in range(count)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    noise = random.Random(7)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(count * _TENSOR // _PIECE):
            piece = bytearray(noise.randbytes(_PIECE))
            piece[3::4] = piece[3::4].translate(
                bytes(0x3B + byte % 2 + (byte & 0x80) for byte in range(256))
            )
            file.write(piece)


def run(command: list[str], output: Path | None = None) -> Run:
    """Run a command to its end, whatever it returns."""
    started = time.perf_counter()
    with open(os.devnull if output is None else output, "wb") as sink:
        process = subprocess.Popen(command, stdout=sink)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - started
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def best(command: list[str], output: Path | None = None, times: int = 2) -> Run:
    """Return the fastest of several runs."""
    return min((run(command, output) for _ in range(times)), key=lambda one: one.wall)


def main() -> int:
    """Print the figures; return 1 if one of them is above its ceiling."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=float, default=4.0, metavar="GIB")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.keep) as folder:
        return measure(Path(folder), int(given.size * GIB))


def measure(folder: Path, size: int) -> int:
    """Measure in `folder`; see `main`."""
    path, report = folder / "model.safetensors", folder / "report.json"
    write(path, size)
    ours = [sys.executable, "-m", "modelassay", "scan", "--quiet", "--format", "json", str(path)]
    hashed = best(["sha256sum", str(path)])
    library = best([sys.executable, "-c", _HASH, str(path)])
    default = best(ours)
    deep = best([*ours, "--deep"], report)
    found = json.loads(report.read_bytes())["findings"]
    rows = [("sha256sum", hashed), ("hashlib", library), ("scan", default), ("scan --deep", deep)]
    for name, one in rows:
        mib = one.memory >> 20
        print(f"{name:12} {one.wall:7.2f} s wall {one.cpu:7.2f} s cpu {mib:5d} MiB")
    ratio = deep.wall / hashed.wall
    print(f"deep / sha256sum: {ratio:.2f}; findings: {len(found)}")
    sound = ratio <= _CEILING and deep.memory <= _MEMORY and default.wall <= _DEFAULT and not found
    return 0 if sound else 1


_HASH: Final = """
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    hashlib.file_digest(file, "sha256")
"""

if __name__ == "__main__":
    sys.exit(main())
