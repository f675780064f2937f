"""What whole HDF5 files are reported as."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from tests.helpers.events import PAYLOAD
from tests.helpers.hdf5 import (
    BYTES,
    FLOAT,
    UNDEFINED,
    VARIABLE,
    Made,
    attribute,
    contiguous,
    dataset,
    external_link,
    filters,
    link,
    note,
    other_link,
    space,
    text,
)
from tests.helpers.scanning import rules_of, scan_bytes

DATA = Path(__file__).parents[1] / "data"
ELF = b"\x7fELF\2\1\1".ljust(512, b"\0")


def with_dataset(*messages: tuple[int, bytes]) -> bytes:
    made = Made()
    return made.finish(link("w", made.add_object(*messages)))


def with_heap(name: bytes) -> bytes:
    """A dataset whose elements stand in another file."""
    made = Made()
    names = made.add(b"\0" * 8 + name + b"\0")
    heap = made.add(b"HEAP\0\0\0\0" + struct.pack("<3Q", 9 + len(name), UNDEFINED, names))
    files = b"\1\0\0\0" + struct.pack("<HHQ3Q", 1, 1, heap, 8, 0, 80)
    pieces = dataset(FLOAT, space(20), contiguous(UNDEFINED, 80), (7, files))
    return made.finish(link("w", made.add_object(*pieces)))


def filtered(number: int, name: bytes) -> bytes:
    chunked = (8, b"\3\2\2" + struct.pack("<QII", UNDEFINED, 4, 4))
    pipeline = (0x0B, b"\2\1" + struct.pack("<4H", number, len(name), 0, 0) + name)
    return with_dataset(*dataset(FLOAT, space(4), chunked, pipeline))


def compound_outside() -> bytes:
    member = b"x\0" + bytes([200]) + FLOAT
    kind = b"\x36" + struct.pack("<I", 1)[:3] + struct.pack("<I", 4) + member
    return with_dataset(*dataset(kind, space(1), contiguous(48, 4)))


def continued_into_itself() -> bytes:
    made = Made()
    block = b"OCHK" + struct.pack("<BHB2Q", 0x10, 16, 0, 48, 28) + bytes(4)
    made.add(block)
    return made.finish((0x10, struct.pack("<2Q", 48, len(block))))


def test_an_honest_file_is_clean() -> None:
    made = Made()
    elements = made.add(bytes(16))
    inner = made.add_object(*dataset(FLOAT, space(2, 2), contiguous(elements, 16)))
    report = scan_bytes(made.finish(link("w", inner), note("backend", b"tensorflow")))
    assert rules_of(report) == {}
    assert report.complete
    assert [one.format for one in report.artifacts] == ["hdf5"]


HOSTILE = {
    "link beside": (Made().finish(external_link("w", "other.h5")), "hdf5-external", "medium"),
    "link to the machine": (
        Made().finish(external_link("w", "/etc/passwd")),
        "hdf5-external",
        "high",
    ),
    "link out": (Made().finish(external_link("w", "../../x.h5")), "hdf5-external", "high"),
    "drive": (Made().finish(external_link("w", "C:x.h5")), "hdf5-external", "high"),
    "share": (Made().finish(external_link("w", "\\\\host\\s\\x.h5")), "hdf5-external", "critical"),
    "address": (Made().finish(external_link("w", "s3://b/x.h5")), "hdf5-external", "critical"),
    "user link": (Made().finish(other_link("w", 99, b"abc")), "hdf5-structure", "medium"),
    "storage beside": (with_heap(b"raw.bin"), "hdf5-external", "medium"),
    "storage of the machine": (with_heap(b"/etc/shadow"), "hdf5-external", "high"),
    "plugin": (filtered(32001, b"blosc\0"), "hdf5-filter", "medium"),
    "compression of h5py": (filtered(32000, b"lzf\0"), "hdf5-filter", "low"),
    "huge": (
        with_dataset(*dataset(FLOAT, space(10**6, 10**6), contiguous(UNDEFINED, 0))),
        "size-bomb",
        "high",
    ),
    "large": (
        with_dataset(*dataset(FLOAT, space(10**8), contiguous(UNDEFINED, 0))),
        "size-bomb",
        "medium",
    ),
    "elements outside": (
        with_dataset(*dataset(FLOAT, space(4), contiguous(9000, 16))),
        "hdf5-structure",
        "medium",
    ),
    "fewer elements": (
        with_dataset(*dataset(FLOAT, space(40), contiguous(48, 16))),
        "hdf5-structure",
        "medium",
    ),
    "member outside": (compound_outside(), "hdf5-structure", "high"),
    "loop": (continued_into_itself(), "hdf5-structure", "high"),
    "tail": (Made().finish(tail=b"abc"), "hdf5-structure", "low"),
    "program in front": (ELF + Made().finish(), "hdf5-user-block", "high"),
    "script in front": (
        b"#!/bin/sh\necho\n".ljust(512) + Made().finish(),
        "hdf5-user-block",
        "high",
    ),
    "bytes in front": (bytes(range(256)) * 2 + Made().finish(), "hdf5-user-block", "medium"),
    "note in front": (b"a note".ljust(512) + Made().finish(), "hdf5-user-block", "info"),
    "far in front": (ELF.ljust(1 << 20, b"\1") + Made().finish(), "hdf5-user-block", "high"),
    "pickle in an attribute": (
        Made().finish(note("data", PAYLOAD)),
        "code-execution",
        None,
    ),
    "pickle in bytes": (
        Made().finish(attribute("data", BYTES, space(len(PAYLOAD)), PAYLOAD)),
        "code-execution",
        None,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_told(name: str) -> None:
    data, rule, severity = HOSTILE[name]
    report = scan_bytes(data)
    if severity is None:
        assert any(one.format == "pickle" for one in report.artifacts)
        return
    assert rules_of(report).get(rule) == severity


def test_a_pickle_in_a_dataset_is_read() -> None:
    made = Made()
    place = made.add(PAYLOAD)
    inner = dataset(text(len(PAYLOAD)), space(), contiguous(place, len(PAYLOAD)))
    report = scan_bytes(made.finish(link("objects", made.add_object(*inner))))
    assert any(one.format == "pickle" for one in report.artifacts)


def shuffled(data: bytes, width: int) -> bytes:
    return b"".join(data[index::width] for index in range(width))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_pickle_in_chunks_is_read(compressed: bool) -> None:
    made = Made()
    data = zlib.compress(PAYLOAD) if compressed else PAYLOAD
    layout = made.add_chunk(data, len(PAYLOAD), 1)
    steps = [filters((1, (6,)))] if compressed else []
    inner = dataset(BYTES, space(len(PAYLOAD)), layout, *steps)
    report = scan_bytes(made.finish(link("p", made.add_object(*inner))))
    assert any(one.format == "pickle" for one in report.artifacts)


def test_the_objects_of_pytables_are_read() -> None:
    """An array of bytes of variable length, shuffled and compressed, as PyTables writes it."""
    made = Made()
    heap = made.add_heap(PAYLOAD)
    elements = struct.pack("<IQI", len(PAYLOAD), heap, 1) + bytes(16 * 99)
    layout = made.add_chunk(zlib.compress(shuffled(elements, 16)), 100, 16)
    steps = filters((2, (16,)), (1, (5,)))
    inner = dataset(VARIABLE, space(1), layout, steps)
    report = scan_bytes(made.finish(link("objects", made.add_object(*inner))))
    assert any(one.format == "pickle" for one in report.artifacts)


def test_what_is_sound_is_told_beside_what_is_not() -> None:
    made = Made()
    data = made.finish(link("broken", 9000), external_link("w", "/etc/passwd"), link("other", 9001))
    report = scan_bytes(data)
    assert rules_of(report)["hdf5-external"] == "high"
    assert not report.complete


def test_a_file_cut_short_is_not_complete() -> None:
    data = (DATA / "keras-3.15.1" / "plain.h5").read_bytes()
    report = scan_bytes(data[:-100])
    assert not report.complete
    assert rules_of(report).get("hdf5-structure") in ("low", "medium")


def test_metadata_that_leads_in_circles_ends_early() -> None:
    """Many objects whose headers each claim the whole file."""
    made = Made()
    claims = b"OHDR\2\2" + struct.pack("<I", 200_000)
    places = [made.add(claims) for _ in range(4000)]
    made.add(bytes(240_000))
    report = scan_bytes(made.finish(*(link(f"d{i}", at) for i, at in enumerate(places))))
    assert not report.complete
    assert "metadata" in " ".join(one.reason or "" for one in report.artifacts)
