"""What making an object or setting its state does without a call, as the catalogue tells it."""

from __future__ import annotations

from pathlib import Path

from modelassay import scan
from modelassay.core.values import Name
from modelassay.rules import catalogue

MONITOR = b"csklearn.callback._scoring_monitor\nScoringMonitor\n"  # its __setstate__ listens


def said(folder: Path, stream: bytes) -> dict[str, str]:
    path = folder / "model.pkl"
    path.write_bytes(b"\x80\x02" + stream + b".")
    return {finding.rule: finding.message for finding in scan(str(path)).findings}


def test_a_state_that_reaches_the_network_is_reported_as_that(tmp_path: Path) -> None:
    found = said(tmp_path, MONITOR + b")\x81}b")
    assert list(found) == ["network-access"]
    assert "ScoringMonitor.__setstate__ -> open_listener" in found["network-access"]


def test_without_a_state_nothing_of_it_runs(tmp_path: Path) -> None:
    assert said(tmp_path, MONITOR + b")\x81") == {}


def test_an_entry_tells_the_form_that_runs_it() -> None:
    entry = catalogue.look_up(Name("sklearn.callback._scoring_monitor", "ScoringMonitor"))
    assert entry.unasked is not None
    form, effect = entry.unasked
    assert (form, effect.kind, effect.known) == ("s", "network", False)
    assert "s" not in entry.forms


def test_a_leading_underscore_hides_no_telling_name() -> None:
    assert catalogue.verb(Name("mylib", "_run_command")) == catalogue.verb(
        Name("mylib", "run_command")
    )
    assert catalogue.verb(Name("mylib", "_rebuild")) is None


AFFINE = b"cthinc.neural._classes.affine\nAffine\n"  # its __setstate__ unpickles the state


def state(inner: bytes) -> bytes:
    return AFFINE + b")\x81C" + bytes([len(inner)]) + inner + b"b"


def test_a_state_of_pickled_bytes_is_judged_by_what_they_hold(tmp_path: Path) -> None:
    harmless = b"\x80\x04}X\x05\x00\x00\x00widthK\x08s."
    harmful = b"\x80\x04cposix\nsystem\nX\x04\x00\x00\x00true\x85R."
    assert said(tmp_path, state(harmless)) == {}
    assert list(said(tmp_path, state(harmful))) == ["command-execution"]


def test_a_state_that_is_not_whole_bytes_is_not(tmp_path: Path) -> None:
    assert list(said(tmp_path, AFFINE + b")\x81}b")) == ["nested-load"]
