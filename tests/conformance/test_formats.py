"""What every format, container and output keeps to, whatever is in the file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable, Iterator

import pytest

from modelassay import reading
from modelassay.core.report import Report
from modelassay.formats import BY_ID, FORMATS, Entry
from modelassay.io.blob import Memory
from modelassay.io.budget import Limits
from modelassay.kernel import Item, Options, Scanner
from modelassay.reports import REPORTS, View
from tests.conformance.samples import EVIL, HONEST_PICKLE, archive, samples, sevenzip, tar
from tests.helpers.scanning import SMALL, scan_bytes

every_sample = pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param(name, data, id=f"{name}-{number}")
        for name, some in samples().items()
        for number, data in enumerate(some)
    ],
)
WRAPS: list[Callable[[bytes], bytes]] = [
    lambda data: archive({"model": data}),
    lambda data: tar({"model": data}),
    lambda data: tar({"model": data}, "w:gz"),
    gzip.compress,
    bz2.compress,
    lzma.compress,
    lambda data: sevenzip({"model": data}),
]
TINY = [
    Limits(seconds=0),
    Limits(depth=0),
    Limits(facts=2),
    Limits(members=0),
    Limits(inflated=8),
    Limits(again=0),
]
CHANGES = 24  # of each kind
READS = 20  # how often all bytes may be read on average, and
READ_FROM = 100_000  # what a reading may take of a file however small


class Counting(Memory):
    """Bytes in memory that know how many of them were read."""

    read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        data = super().read_at(offset, length)
        self.read += len(data)
        return data


def sound(report: Report) -> Report:
    """Return `report`, which must not tell of a defect of ours."""
    assert not [problem for problem in report.errors if "defect" in problem.advice]
    return report


def rendered(report: Report) -> bytes:
    return next(entry for entry in REPORTS if entry.id == "json").load().render(report, View())


def worst(report: Report) -> dict[str, int]:
    """Return the rank of each rule that fired."""
    ranks: dict[str, int] = {}
    for finding in report.findings:
        ranks[finding.rule] = max(finding.severity.rank, ranks.get(finding.rule, 0))
    return ranks


def places(data: bytes, count: int) -> Iterator[int]:
    """Yield offsets of `data`: all of a small one, an even choice with a slip of a larger one."""
    if len(data) <= count:
        yield from range(len(data))
        return
    rolled = random.Random(len(data))
    for n in range(count):
        start, end = len(data) * n // count, len(data) * (n + 1) // count
        yield rolled.randrange(start, end)


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.id)
def test_it_has_samples_that_are_recognised(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[str] = set()
    identify = reading.Reading._identify

    def noted(self: reading.Reading) -> list[Entry]:
        entries = identify(self)
        met.update(one.id for one in entries)
        return entries

    monkeypatch.setattr(reading.Reading, "_identify", noted)
    assert samples().get(entry.id), "add a sample to tests/conformance/samples.py"
    for data in samples()[entry.id]:
        met.clear()
        sound(scan_bytes(data))
        assert entry.id in met


def test_no_sample_is_of_a_format_that_is_gone() -> None:
    assert set(samples()) <= set(BY_ID)


def test_many_formats_have_a_sample_that_is_found() -> None:
    """The properties below would hold of files without findings whatever we do."""
    found = [name for name, some in samples().items() if any(worst(scan_bytes(d)) for d in some)]
    assert len(found) > len(FORMATS) // 3


@every_sample
def test_cut(name: str, data: bytes) -> None:
    for place in places(data, CHANGES):
        sound(scan_bytes(data[:place]))


@every_sample
def test_flipped(name: str, data: bytes) -> None:
    rolled = random.Random(len(data))
    for place in places(data, CHANGES):
        flipped = data[place] ^ (1 << rolled.randrange(8))
        sound(scan_bytes(data[:place] + bytes([flipped]) + data[place + 1 :]))


@every_sample
def test_the_same_bytes_give_the_same_report(name: str, data: bytes) -> None:
    assert rendered(scan_bytes(data)) == rendered(scan_bytes(data))


@every_sample
def test_a_tiny_budget_is_respected(name: str, data: bytes) -> None:
    """What a cap cuts short is told, and nothing but a cap may cost a finding."""
    whole = worst(scan_bytes(data, limits=Limits()))
    for limits in TINY:
        report = sound(scan_bytes(data, limits=limits))
        assert not report.complete or worst(report).items() >= whole.items(), limits


@every_sample
def test_reading_ends_and_goes_forward(name: str, data: bytes) -> None:
    blob = Counting(data)
    scanner = Scanner(["model"], Options(limits=SMALL))
    scanner.scan(Item("model", lambda: blob))
    sound(scanner.finish())
    assert 0 < blob.read <= READS * len(data) + READ_FROM


TAILS = [b"\0" * 100, b"\n", b"\xff" * 7, b"text behind\n", HONEST_PICKLE, EVIL]
#: Text and messages, which their loaders read whole: bytes behind them are an error there.
WHOLE = {
    *("python-module", "notebook", "shell", "requirements", "project", "conda", "hydra-config"),
    *("keras-config", "tensorflow", "tensorflow-text", "base64", "modelfile", "image-manifest"),
    *("tfjs", "xml", "openvino", "pmml", "coreml", "coreml-package", "paddle", "triton", "rasa"),
    *("bento", "orbax", "mxnet", "zarr", "chat-template", "mlflow-model", "spacy-config", "onnx"),
    *("onnx-text", "onnx-textproto", "hf-config", "tensor-index", "catboost-json", "lfs-pointer"),
    *("xgboost", "lightgbm", "torchserve-manifest", "onnx-tensor", "keras-metadata", "mediapipe"),
    *("tensorflow-fingerprint", "script", "text"),
}


@every_sample
def test_appended_bytes_remove_nothing(name: str, data: bytes) -> None:
    """A finding that stood still stands, or the file is not called clean for another reason."""
    before = worst(scan_bytes(data))
    for tail in TAILS if name not in WHOLE else [b"\n"]:
        after = sound(scan_bytes(data + tail))
        lost = {rule for rule, rank in before.items() if worst(after).get(rule, 0) < rank}
        assert not lost or not after.complete, (tail, lost)


@every_sample
def test_a_container_hides_nothing(name: str, data: bytes) -> None:
    bare = worst(scan_bytes(data))
    for wrap in WRAPS:
        wrapped = sound(scan_bytes(wrap(data)))
        lost = {rule for rule, rank in bare.items() if worst(wrapped).get(rule, 0) < rank}
        assert not lost, (wrap, lost)


@every_sample
def test_every_output_renders_it(name: str, data: bytes) -> None:
    report = scan_bytes(data)
    for output in REPORTS:
        made = output.load().render(report, View(verbose=True))
        assert made or (output.id == "github" and not report.findings)
