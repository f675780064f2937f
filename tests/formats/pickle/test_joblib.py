"""joblib: raw arrays between opcodes are stepped over by their true length, objects are entered."""

from __future__ import annotations

import pickle
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.facts import Import, Reference
from tests.formats.exploring import DATA, Artifact, explore
from tests.formats.pytorch.making import call, name, push
from tests.helpers.scanning import scan_bytes

SAMPLES = sorted(DATA.glob("joblib-*/*.joblib"))
EVIL = pickle.dumps(print, 2)


def names(found: Artifact) -> set[str]:
    return {str(fact.name) for fact in found.of(Import)}


def label(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_there_are_samples() -> None:
    versions = {path.parent.name for path in SAMPLES}
    assert versions >= {f"joblib-{v}" for v in ("0.8.4", "0.9.4", "0.11", "1.1.1", "1.6.0")}


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_is_read_whole(path: Path) -> None:
    found = explore(path)
    assert found.anomalies == []
    assert found.reasons == []
    report = scan(path)
    assert {artifact.status for artifact in report.artifacts} == {"scanned"}
    rules = {finding.rule for finding in report.findings}
    assert not rules & {"numpy-header", "external-array", "broken-pickle"}


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_arrays_are_where_they_are(path: Path) -> None:
    found = explore(path)
    raw = sum(one.skipped.get("raw array data", 0) for one in found.walk())
    outside = [fact.target for fact in found.of(Reference)]
    if path.parent.name in ("joblib-0.8.4", "joblib-0.9.4"):
        assert raw == 0
        kept = "arrays" in path.stem
        assert len(outside) == (len(list(path.parent.glob("*.npy"))) if kept else 0)
    else:
        assert raw > 0
        assert outside == []
        assert any("joblib" in one.formats for one in found.walk())


def wrapped(dtype: bytes, shape: bytes, raw: bytes, more: bytes = b"") -> bytes:
    """Return a stream with one wrapped array."""
    state = push("dtype") + dtype + push("shape") + shape + push("subclass") + push(None) + more
    made = name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}(" + state + b"ub"
    return b"\x80\x02](" + made + raw + push("end") + b"e."


def dtype(code: str) -> bytes:
    return call("numpy", "dtype", push(code), push(False), push(True))


def fields(inner: bytes, code: str = "V16") -> bytes:
    """Return a structured element type with one field `o` of type `inner`."""
    state = push(3) + push("|") + push(None) + b"(" + push("o") + b"t}(" + push("o")
    state += b"(" + inner + push(0) + b"tu" + push(16) + push(1) + push(27)
    return dtype(code) + b"(" + state + b"tb"


NUMPY_INTEGER = call("numpy.core.multiarray", "scalar", dtype("i8"), push("\x03" + "\0" * 7))


@pytest.mark.parametrize(
    ("code", "shape", "size"),
    [
        (dtype("f8"), push((3,)), 24),
        (dtype("f4"), push(()), 4),
        (dtype("U2"), push((2, 2)), 32),
        (dtype("S5"), push((3,)), 15),
        (dtype("M8"), push((1,)), 8),
        (dtype("V7"), push((2,)), 14),
        (dtype("f8"), push((0, 9)), 0),
        (fields(dtype("f8")), push((2,)), 32),
    ],
)
def test_raw_arrays_by_their_true_length(code: bytes, shape: bytes, size: int) -> None:
    raw = (b"cos\nsystem\n" * 9)[:size]
    found = explore(wrapped(code, shape, raw))
    assert found.formats == ["joblib"]
    assert found.skipped == {"raw array data": size}
    assert found.anomalies == []
    assert found.reasons == []


@pytest.mark.parametrize("passed", [False, True])
def test_an_archive_in_an_array_is_hidden_unless_a_call_takes_it(passed: bool) -> None:
    """Keras keeps a model as the archive that its file is, and takes the array for that file."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("weights.bin"))
    raw = packed.getvalue()
    stream = wrapped(dtype("u1"), push((len(raw),)), raw)
    if passed:
        stream = stream.replace(b"](", b"](" + name("keras.saving.pickle_utils", "load") + b"(", 1)
        stream = stream.replace(raw, raw + b"tR", 1)
    told = [f for f in scan_bytes(stream).findings if f.rule == "hidden-payload"]
    assert [f.location.offset for f in told] == ([] if passed else [stream.index(raw)])


def test_alignment_is_stepped_over() -> None:
    raw = b"\x05" + bytes(5) + bytes(24)
    more = push("numpy_array_alignment_bytes") + push(16)
    found = explore(wrapped(dtype("f8"), push((3,)), raw, more))
    assert (found.skipped, found.reasons) == ({"raw array data": 24}, [])


@pytest.mark.parametrize("code", [dtype("O"), dtype("O8"), fields(dtype("O"))])
def test_object_arrays_are_entered(code: bytes) -> None:
    found = explore(wrapped(code, push((2,)), EVIL))
    assert "builtins.print" in names(found)
    assert found.reasons == []


def test_nested_fields_hold_objects() -> None:
    found = explore(wrapped(fields(fields(dtype("O"))), push((1,)), EVIL))
    assert "builtins.print" in names(found)
    assert found.skipped == {}


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        (dtype("f8"), push((1 << 40,))),
        (dtype("f8"), push((1 << 62, 1 << 62))),
        (dtype("f8"), push((-1,))),
        (dtype("f8"), push("3")),
        (dtype("nonsense"), push((1,))),
        (push("f8"), push((1,))),
    ],
)
def test_arrays_that_lie(code: bytes, shape: bytes) -> None:
    found = explore(wrapped(code, shape, bytes(8)) + EVIL)
    assert "joblib-array" in found.anomalies
    assert found.reasons
    assert "builtins.print" in names(found)


def registered(kind: str, width: int) -> bytes:
    made = call("numpy", "dtype", name("ml_dtypes", kind), push(False), push(True))
    return made + push((3, "<", None, None, None, width, width, 64)) + b"b"


@pytest.mark.parametrize(("kind", "width"), [("bfloat16", 2), ("float8_e4m3fn", 1), ("int4", 1)])
def test_types_that_a_package_registers_are_as_wide_as_they_are(kind: str, width: int) -> None:
    found = explore(wrapped(registered(kind, width), push((3,)), bytes(3 * width)) + EVIL)
    assert found.skipped == {"raw array data": 3 * width}
    lies = explore(wrapped(registered(kind, 400), push((3,)), bytes(3 * width)) + EVIL)
    assert "joblib-array" in lies.anomalies


def test_a_width_that_is_not_that_of_a_registered_type_is_told_of_any_pickle() -> None:
    honest, lie = (b"\x80\x02" + registered("bfloat16", width) + b"." for width in (2, 1000))
    assert not scan_bytes(honest, "type.pkl").findings
    assert [str(f.severity) for f in scan_bytes(lie, "type.pkl").findings] == ["high"]


def test_plain_pickle_reads_opcodes_where_joblib_reads_an_array() -> None:
    hidden = name("builtins", "print") + b"0"
    found = explore(wrapped(dtype("S1"), push((len(hidden),)), hidden))
    assert "builtins.print" in names(found)
    assert found.skipped == {"raw array data": len(hidden)}


@pytest.mark.parametrize("room", ["joblib.numpy_pickle", "joblib.numpy_pickle_compat"])
def test_arrays_in_other_files(room: str) -> None:
    state = push("filename") + push("../x.npy") + push("subclass") + name("numpy", "ndarray")
    data = b"\x80\x02" + name(room, "NDArrayWrapper") + b")\x81}(" + state + b"ub."
    found = explore(data)
    assert [fact.target for fact in found.of(Reference)] == ["../x.npy"]


def test_element_types_that_hold_themselves() -> None:
    cycle = b"}q\x00(" + push("a") + b"h\x00u"
    state = b"(" + push(3) + push("|") + push(None) + push(("a",)) + cycle + b"t"
    found = explore(b"\x80\x02" + dtype("V8") + state + b"b.")
    assert found.reasons == []


def test_objects_behind_many_fields_are_found() -> None:
    many = b"".join(push(f"f{n}") + b"(" + dtype("f8") + push(8 * n) + b"t" for n in range(50))
    last = push("o") + b"(" + dtype("O") + push(400) + b"t"
    state = b"(" + push(3) + push("|") + push(None) + push(("o",)) + b"}(" + many + last + b"ut"
    code = dtype("V408") + state + b"b"
    assert "builtins.print" in names(explore(wrapped(code, push((1,)), EVIL)))


def test_what_can_be_read_in_two_ways_without_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raw arrays are also run as opcodes: all together only so far, and never silently."""
    monkeypatch.setattr("modelassay.formats.pickle.joblib._ALL_FORK_OPS", 3000)
    array = wrapped(dtype("u1"), b"(" + push(1000) + b"t", b"N" * 1000)
    body = array.removeprefix(b"\x80\x02](").removesuffix(push("end") + b"e.")
    few = explore(b"\x80\x02](" + body * 2 + b"e.")
    assert few.reasons == []
    many = explore(b"\x80\x02](" + body * 20 + b"e.")
    assert many.reasons == ["too many raw arrays could be read in two ways"]
    assert many.skipped["raw array data"] == 20_000
