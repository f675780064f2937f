"""Keras models in pickles: an archive in a file object, or a model's bytes, which Keras reads."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.findings import Severity
from modelassay.core.report import Report
from tests.helpers.scanning import scan_bytes

DATA = Path(__file__).parents[1] / "data"
PLAIN = (DATA / "keras-3.15.1" / "plain.keras").read_bytes()
LAMBDA = (DATA / "keras-3.15.1" / "lambda.keras").read_bytes()
TAKEN = b"cbuiltins\ngetattr\n(ckeras.src.models.sequential\nSequential\nV_unpickle_model\ntR"
OLD = b"ckeras.saving.pickle_utils\ndeserialize_model_from_bytecode\n"


def bare(value: Any, protocol: int) -> bytes:
    """Return the opcodes that push `value`."""
    data = pickle.dumps(value, protocol)
    if protocol >= 4:
        data = data[:2] + data[11:]
    return data[2:-1] if protocol >= 2 else data[:-1]


def unpickled(model: bytes, protocol: int) -> bytes:
    """Return the pickle of a model of Keras 3."""
    return TAKEN + b"(c_io\nBytesIO\n)\x81(" + bare(model, protocol) + b"K\0NtbtR."


def said(report: Report) -> dict[str, str]:
    """Return the rules that fired at medium or above, and where."""
    grave = [one for one in report.findings if one.severity.rank >= Severity.MEDIUM.rank]
    return {one.rule: one.artifact for one in grave}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_an_honest_model_is_silent(protocol: int) -> None:
    report = scan_bytes(unpickled(PLAIN, protocol))
    assert not said(report)
    assert report.complete
    assert "keras" in {artifact.format for artifact in report.artifacts}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("own", [b"cmymodule\nMyModel\n", b"c__main__\nMyModel\n"])
def test_a_model_of_a_class_of_ones_own_is_read(own: bytes, protocol: int) -> None:
    kind = b"ckeras.src.models.sequential\nSequential\n"
    honest = scan_bytes(unpickled(PLAIN, protocol).replace(kind, own))
    assert said(honest) == {"unvouched-package": "model"}
    assert len([one for one in honest.findings if one.rule == "unvouched-package"]) == 1
    rules = said(scan_bytes(unpickled(LAMBDA, protocol).replace(kind, own)))
    assert rules["keras-lambda"].startswith("model!")


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("front", [b"", b"\0" * 64, b"junk" * (1 << 19)], ids=["", "64", "2M"])
def test_what_a_model_runs_is_found(protocol: int, front: bytes) -> None:
    rules = said(scan_bytes(unpickled(front + LAMBDA, protocol)))
    assert rules["keras-lambda"].startswith("model!")


def test_a_model_of_an_unlisted_loader_is_read_too() -> None:
    """TensorFlow 2.7 to 2.10 wrote a tar, later ones the archive of Keras."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("model.keras")
        member.size = len(LAMBDA)
        tar.addfile(member, io.BytesIO(LAMBDA))
    for model in (LAMBDA, b"\0" * 100 + LAMBDA, archive.getvalue()):
        for protocol in range(6):
            rules = said(scan_bytes(OLD + b"(" + bare(model, protocol) + b"tR."))
            assert rules["keras-lambda"].startswith("model!"), (protocol, model[:8])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_computed_bytes_are_no_model(protocol: int) -> None:
    numbers = b"cbuiltins\nbytes\n(" + bare(list(PLAIN), protocol) + b"tR"
    state = b"(" + numbers + b"K\0Ntb"
    for made in (b"c_io\nBytesIO\n)\x81" + state, b"c_io\nBytesIO\n(" + numbers + b"tR"):
        report = scan_bytes(TAKEN + b"(" + made + b"tR.")
        assert report.verdict == "malicious"
    assert scan_bytes(OLD + b"(" + numbers + b"tR.").verdict == "malicious"


@pytest.mark.parametrize("word", ["_unpickle_other", "get_config", "__init__", "__subclasses__"])
def test_no_other_attribute_is_taken(word: str) -> None:
    data = TAKEN.replace(b"_unpickle_model", word.encode()) + b"."
    assert scan_bytes(data).verdict == "malicious"


def test_an_archive_that_goes_on_behind_its_constant_is_a_second_format() -> None:
    """The records that count stand outside of what the pickle takes for its bytes."""
    directory = LAMBDA.rindex(b"PK\1\2", 0, LAMBDA.index(b"PK\5\6"))
    first = LAMBDA.index(b"PK\1\2")
    assert first < directory
    data = b"\x80\3B" + first.to_bytes(4, "little")
    rules = said(scan_bytes(data + LAMBDA[:first] + b"0N." + LAMBDA[first:]))
    assert "polyglot" in rules
    assert "keras-lambda" in rules


def test_many_file_objects_are_data() -> None:
    data = pickle.dumps([io.BytesIO(bytes([n % 256, n // 256]) * (n % 700)) for n in range(3000)])
    assert not said(scan_bytes(data))


def elements(model: bytes, protocol: int) -> bytes:
    """Return a pickled array of bytes, in which scikeras keeps a model."""
    kind = b"cnumpy\ndtype\n(Vu1\n\x89\x88tR"
    empty = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tC\x01btR"
    shape = b"(" + bare(len(model), protocol) + b"t"
    return b"\x80\4" + empty + b"(K\x01" + shape + kind + b"\x89" + bare(model, protocol) + b"tb."


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_archive_in_an_array_that_nothing_takes_is_hidden_and_read(protocol: int) -> None:
    assert said(scan_bytes(elements(PLAIN, protocol))) == {"hidden-payload": "model"}
    rules = said(scan_bytes(elements(b"\0" * 64 + LAMBDA, protocol)))
    assert rules["keras-lambda"].startswith("model!")


def test_a_state_of_five_that_is_no_array() -> None:
    """What stands where an element type would may be made without arguments."""
    made = b"ccollections\nOrderedDict\n)R"
    report = scan_bytes(b"\x80\4c__main__\nNet\n)\x81(K\1)" + made + b"\x89Ntb.")
    assert report.complete


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_array_that_is_a_model(protocol: int) -> None:
    """Keras 2.7 to 2.10 hands on a tar as an array of bytes."""
    for model in (PLAIN, b"\0" * 64 + LAMBDA):
        array = elements(model, protocol)[2:-1]
        rules = said(scan_bytes(b"\x80\4" + OLD + b"(" + array + b"tR."))
        assert ("keras-lambda" in rules) == (model is not PLAIN)
        assert "nested-load" not in rules


def test_an_array_of_computed_bytes() -> None:
    array = elements(b"\0" * 64 + LAMBDA, 4)[2:-1]
    numbers = b"cbuiltins\nbytes\n(" + bare(list(LAMBDA), 4) + b"tR"
    start = array.index(b"\x89B") + 1
    computed = array[:start] + numbers + b"tb"
    assert scan_bytes(b"\x80\4" + OLD + b"(" + computed + b"tR.").verdict == "malicious"
    buffer = b"cnumpy.core.numeric\n_frombuffer\n(" + numbers
    buffer += b"cnumpy\ndtype\n(Vu1\n\x89\x88tR(" + bare(len(LAMBDA), 4) + b"tVC\ntR"
    assert scan_bytes(b"\x80\4" + OLD + b"(" + buffer + b"tR.").verdict == "malicious"
