"""GGUF: every number that lies, in every version and byte order."""

from __future__ import annotations

import struct

import pytest

from modelassay.core.facts import Metadata, Tensor
from modelassay.formats.base import Elements, Source
from modelassay.formats.gguf import parse
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from tests.helpers.events import Said
from tests.helpers.programs import elf
from tests.helpers.scanning import rules_of, scan_bytes
from tests.helpers.weights import PICKLE, Gguf, gguf


def kinds(data: bytes) -> list[str]:
    return Said("gguf", data).kinds()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_honest_file(version: int, order: str) -> None:
    file = Gguf(version, order).string("general.name", "t").integer("n", 7)
    file.array("tokens", 8, 200, b"".join(file.text(f"t{n}") for n in range(200)))
    file.tensor("a", [8], 0, 0, bytes(32)).tensor("b", [32, 2], 8, 32, bytes(68))
    said = Said("gguf", file.bytes())
    assert said.kinds() == [] and not said.incomplete()
    facts = {event.key: event.value for event in said.events if isinstance(event, Metadata)}
    assert facts["general.name"].value == "t"
    assert facts["tokens"].more == 200
    tensors = [event for event in said.events if isinstance(event, Tensor)]
    assert [(fact.name, fact.dtype, fact.shape) for fact in tensors] == [
        ("a", "F32", (8,)),
        ("b", "Q8_0", (32, 2)),
    ]
    assert not scan_bytes(file.bytes()).findings


def one(shape: list[int], kind: int = 0, offset: int = 0, data: bytes = bytes(32)) -> bytes:
    return gguf().tensor("w", shape, kind, offset, data).bytes()


OVERFLOWS = {
    "pairs": gguf().bytes(pairs=2**64 - 1),
    "tensors": gguf().bytes(tensors=2**63),
    "elements": one([2**32, 2**32, 4]),
    "negative": one([2**64 - 1]),
    "bytes": one([2**61, 2], kind=28),
    "end": one([8], offset=2**64 - 32),
    "string": gguf().pair("k", 8, Gguf().text("x", 2**64 - 1)).bytes(),
    "key": b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**63) + bytes(64),
    "array": gguf().array("k", 8, 2**61, b"").bytes(),
    "numbers": gguf().array("k", 4, 2**62, b"").bytes(),
    "type": one([8], kind=0x80000000),
    "layers": gguf().integer("llama.block_count", 100_000).bytes(),
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_an_overflow(name: str) -> None:
    assert rules_of(scan_bytes(OVERFLOWS[name]))["gguf-overflow"] == "high"


STRUCTURE = {
    "gguf-overlap": gguf().tensor("a", [8], 0, 0).tensor("b", [8], 0, 0, bytes(64)).bytes(),
    "gguf-alignment": gguf().integer("general.alignment", 0).bytes(),
    "gguf-dimensions": one([1, 1, 1, 1, 8]),
    "gguf-duplicate": gguf().tensor("a", [8], 0, 0).tensor("a", [8], 0, 32, bytes(64)).bytes(),
    "gguf-hole": gguf().tensor("a", [8], 0, 0).tensor("b", [8], 0, 96, bytes(128)).bytes(),
    "gguf-bounds": one([4096]),
    "gguf-blocks": one([31], kind=8),
    "gguf-offset": gguf().tensor("a", [8], 0, 8, bytes(64)).bytes(),
    "gguf-name": gguf().tensor("w" * 64, [8], 0, 0, bytes(32)).bytes(),
    "gguf-type": gguf().pair("k", 99, b"").bytes(),
    "gguf-key": gguf().string("", "x").bytes(),
    "gguf-nested-array": gguf().array("k", 9, 1, struct.pack("<IQI", 4, 1, 7)).bytes(),
    "gguf-split": gguf().integer("split.no", 5).integer("split.count", 2).bytes(),
    "gguf-version": Gguf(9).bytes(),
}


@pytest.mark.parametrize("kind", STRUCTURE)
def test_a_broken_structure(kind: str) -> None:
    assert kind in kinds(STRUCTURE[kind])
    assert "gguf-structure" in rules_of(scan_bytes(STRUCTURE[kind]))


@pytest.mark.parametrize("alignment", [3, 2**31, 0])
def test_an_alignment_that_is_none(alignment: int) -> None:
    data = gguf().integer("general.alignment", alignment).tensor("w", [8], 0, 0, bytes(32)).bytes()
    assert rules_of(scan_bytes(data))["gguf-structure"] == "high"


def test_an_alignment_that_is_no_number() -> None:
    data = gguf().string("general.alignment", "32").bytes()
    assert rules_of(scan_bytes(data))["gguf-structure"] == "high"


@pytest.mark.parametrize(("kind", "width"), [(0, 1), (3, 2), (4, 4), (6, 4), (12, 8)])
def test_a_program_in_an_array_of_numbers_is_found(kind: int, width: int) -> None:
    program = elf() + bytes(-len(elf()) % width)
    report = scan_bytes(gguf().array("x.table", kind, len(program) // width, program).bytes())
    assert "embedded-executable" in rules_of(report)


def test_a_key_that_stands_twice() -> None:
    assert "gguf-duplicate" in kinds(gguf().string("general.name", "u").bytes())


def test_tensors_without_elements_and_of_types_nobody_knows() -> None:
    assert rules_of(scan_bytes(one([0, 8], data=b"")))["gguf-structure"] == "medium"
    assert rules_of(scan_bytes(one([8], kind=200)))["gguf-structure"] == "low"


def test_tensors_that_lie_outside_may_be_a_cut_file_unless_behind_a_hole() -> None:
    for data, confidence in ((one([8], offset=1 << 40), "high"), (one([4096]), "medium")):
        report = scan_bytes(data)
        (found,) = (f for f in report.findings if "tensors claim" in f.message)
        assert (found.severity, found.confidence) == ("high", confidence)
        assert found.cve == ("CVE-2026-7482",)


def test_arrays_nested_without_end() -> None:
    body = struct.pack("<IQ", 9, 1) * 10_000
    said = Said("gguf", gguf().array("k", 9, 1, body).bytes())
    assert "gguf-nested-array" in said.kinds() and said.incomplete()


def test_many_tensors_are_few_facts() -> None:
    file = gguf()
    for number in range(20_000):
        file.tensor(f"blk.{number}", [32], 24, 32 * number)
    file.data = bytes(32 * 20_000)
    said = Said("gguf", file.bytes())
    assert [event.count for event in said.events if isinstance(event, Tensor)] == [20_000]
    assert said.kinds() == []


def test_where_the_elements_of_tensors_lie() -> None:
    """Those read one by one and those read in a sweep alike."""
    file = gguf()
    for number in range(3):
        file.tensor(f"blk.{number}", [32], 24, 32 * number, bytes(32))
    blob = Memory(file.bytes())
    found = [e for e in parse(Source(blob, Budget(), deep=True)) if isinstance(e, Elements)]
    start = blob.size - 3 * 32
    assert found == [
        Elements(f"blk.{number}", "I8", start + 32 * number, 32, (32,)) for number in range(3)
    ]


def test_one_lie_among_many_tensors_is_found() -> None:
    file = gguf()
    for number in range(20_000):
        file.tensor(f"blk.{number}", [32], 24, 32 * (number - (number == 15_000)))
    file.data = bytes(32 * 20_000)
    assert {"gguf-overlap", "gguf-hole"} <= set(kinds(file.bytes()))


def test_strings_longer_than_a_window() -> None:
    file = gguf()
    body = file.text("x" * (3 << 20)) + b"".join(file.text(f"t{n}") for n in range(100))
    data = file.array("k", 8, 101, body).string("general.url", "y").bytes()
    said = Said("gguf", data)
    assert said.kinds() == []
    assert "general.url" in {e.key for e in said.events if isinstance(e, Metadata)}


def test_what_stands_behind_the_tensors() -> None:
    good = one([8])
    assert not scan_bytes(good + bytes(100)).findings
    found = rules_of(scan_bytes(good + PICKLE))
    assert found["trailing-data"] == "medium"
    assert found["command-execution"] == "critical"


def test_what_stands_in_a_hole() -> None:
    file = gguf().tensor("a", [8], 0, 0).tensor("b", [8], 0, 96)
    file.data = (bytes(32) + PICKLE).ljust(128, b"\0")
    assert rules_of(scan_bytes(file.bytes()))["command-execution"] == "critical"


def test_an_unknown_type_is_never_clean() -> None:
    """Where its bytes end cannot be told, so neither can what is appended."""
    report = scan_bytes(one([8], kind=150) + PICKLE)
    assert not report.complete


def test_all_templates_are_read() -> None:
    evil = "{{ ''.__class__ }}"
    for key in (
        "tokenizer.chat_template",
        "tokenizer.chat_template.rag",
        "tokenizer.chat_templates",
    ):
        assert "template-escape" in rules_of(scan_bytes(gguf().string(key, evil).bytes())), key


def test_a_cut_file_is_incomplete() -> None:
    data = gguf().tensor("w", [64], 0, 0, bytes(256)).bytes()
    for end in range(5, len(data) - 32):
        report = scan_bytes(data[:end])
        assert not report.complete, end
        assert not report.errors, end


@pytest.mark.parametrize(("magic", "version"), [(b"tjgg", 3), (b"fmgg", 1)])
def test_the_forerunners(magic: bytes, version: int) -> None:
    vocabulary = b"".join(struct.pack("<I", 2) + b"ab" + struct.pack("<f", 0.5) for _ in range(3))
    head = magic + struct.pack("<I7I", version, 3, 32, 1, 1, 1, 1, 0) + vocabulary
    tensor = struct.pack("<IIIII", 2, 1, 0, 32, 2) + b"w"
    if magic == b"tjgg":
        tensor += bytes(-(len(head) + len(tensor)) % 32)
    said = Said("ggml", head + tensor + bytes(256))
    assert said.kinds() == [] and not said.incomplete()
    assert [event.shape for event in said.events if isinstance(event, Tensor)] == [(32, 2)]
    cut = Said("ggml", head + tensor + bytes(200))
    assert "gguf-bounds" in cut.kinds() and cut.incomplete()
    huge = magic + struct.pack("<I7I", version, 2**32 - 1, 32, 1, 1, 1, 1, 0)
    assert rules_of(scan_bytes(huge))["gguf-overflow"] == "high"


def test_an_unversioned_forerunner_is_searched() -> None:
    report = scan_bytes(b"lmgg" + bytes(100) + PICKLE)
    assert "command-execution" in rules_of(report)
    assert not report.complete


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["string", "bytes"])
def test_a_file_in_the_metadata_is_read(kind: str, order: str) -> None:
    carried = PICKLE.ljust(100, b"\0")
    file = Gguf(3, order)
    if kind == "bytes":
        file.array("x", 0, len(carried), carried)
    else:
        file.pair("x", 8, file.text(carried))
    report = scan_bytes(file.bytes())
    assert rules_of(report)
    assert not scan_bytes(Gguf(3, order).array("x", 0, 100, bytes(range(100))).bytes()).findings
