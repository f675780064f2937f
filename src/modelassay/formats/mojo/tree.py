"""A compressed tree of a MOJO: nodes of splits and leaves, which carry nothing else.

Source: `SharedTreeMojoModel.scoreTree` of h2o-genmodel (H2O 3).
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.formats.base import Event, Skipped, Source
from modelassay.io.blob import Blob


def identify(blob: Blob) -> bool:
    """Never by itself: the archive around it tells."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield that its nodes were stepped over."""
    yield Skipped("nodes of trees", source.blob.size)
