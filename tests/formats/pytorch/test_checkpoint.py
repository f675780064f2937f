"""Distributed checkpoints of PyTorch: archives one behind the other, each counting from its start.

The sample was written by PyTorch; several of its archives have the same shape.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.facts import Tensor
from tests.formats.exploring import DATA, explore

FOLDER = DATA / "checkpoint-2.13.0"
SHARD = FOLDER / "__0_0.distcp"


def test_a_checkpoint_is_read_whole_and_silently() -> None:
    report = scan(FOLDER)
    assert report.complete and report.verdict == "clean"
    assert not report.findings
    assert {artifact.path for artifact in report.artifacts} >= {str(FOLDER / ".metadata")}


def test_every_archive_of_a_shard_is_read() -> None:
    found = explore(SHARD)
    assert found.formats == ["pytorch-zip"]
    assert found.anomalies == ["zip-concatenated"]
    assert found.reasons == []
    shapes = [fact.shape for fact in found.of(Tensor)]
    assert sorted(shapes) == [(4, 4), (4, 4), (4, 4), (5,)]


@pytest.mark.parametrize("behind", [56, 76])
def test_a_record_that_is_no_archive_of_its_own_is_followed(tmp_path: Path, behind: int) -> None:
    """A locator may lead back by the same distance to a record that only looks like another's."""
    data = bytearray(SHARD.read_bytes())
    places = [at for at in range(len(data)) if data.startswith(b"PK\6\6", at)]
    assert len(places) == 4
    spoilt = places[0] + behind
    data[spoilt : spoilt + 4] = b"PK\7\x08"
    path = tmp_path / "spoilt.distcp"
    path.write_bytes(data)
    assert {finding.rule for finding in scan(path).findings} >= {"archive-lie"}
