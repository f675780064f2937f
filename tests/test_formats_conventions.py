"""What every format in the table keeps to."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress

import pytest

from modelassay.core.errors import Error
from modelassay.formats import BY_ID, FORMATS, SEARCH, Entry
from modelassay.formats.base import Source
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget

_CITES = re.compile(r"\b(Sources?|Specification): \S", re.IGNORECASE)
_EXEMPT = {"text", "search"}  # there is no one specification of these

every_format = pytest.mark.parametrize("entry", [*FORMATS, SEARCH], ids=lambda entry: entry.id)


@every_format
def test_it_identifies_and_parses(entry: Entry) -> None:
    module = entry.load()
    assert list(inspect.signature(module.identify).parameters) == ["blob"]
    assert list(inspect.signature(module.parse).parameters) == ["source"]


@every_format
def test_it_cites_its_specification(entry: Entry) -> None:
    if entry.id not in _EXEMPT:
        assert _CITES.search(inspect.getdoc(entry.load()) or "")


@every_format
@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 64, b"\x80\x04", b"PK\3\4", b"\0" * 2048])
def test_it_stands_what_is_not_its_own(entry: Entry, data: bytes) -> None:
    """Over bytes of any kind nothing is raised but what is raised on purpose."""
    module = entry.load()
    assert module.identify(Memory(data)) in (True, False)
    with suppress(Error):
        list(module.parse(Source(Memory(data), Budget(), "x")))


@every_format
def test_its_entry(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id)
    assert entry.title
    assert all(suffix.startswith(".") and suffix.islower() for suffix in entry.suffixes)
    assert set(entry.refines) <= set(BY_ID)


def test_ids_are_told_apart() -> None:
    assert len(BY_ID) == len(FORMATS) > 0
