"""Model cards: what a README says of its model in the YAML in front of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Metadata
from modelassay.core.values import Const
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

#: As `huggingface_hub.ModelCardData(...)` writes it, and a text behind it.
CARD = b"""---
base_model: org/base
datasets:
- org/data
language:
- en
- de
library_name: transformers
license: apache-2.0
pipeline_tag: text-generation
tags:
- code
---

# A model

{{ not a template }} --- and no end of the block
"""


def told(data: bytes) -> dict[str, object]:
    said = Said("model-card", data)
    found = [event for event in said.events if isinstance(event, Metadata)]
    return {one.key: one.value.value for one in found if isinstance(one.value, Const)}


def test_what_a_card_says() -> None:
    assert told(CARD) == {
        "license": "apache-2.0",
        "base_model": "org/base",
        "datasets[0]": "org/data",
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "language[0]": "en",
        "language[1]": "de",
        "tags[0]": "code",
    }


def test_it_stands_in_the_report() -> None:
    report = scan_bytes(CARD, "README.md")
    (artifact,) = report.artifacts
    assert artifact.format == "model-card" and report.complete and not report.findings
    assert artifact.about["license"] == ("apache-2.0",)
    assert artifact.about["base-model"] == ("org/base",)
    assert artifact.about["dataset"] == ("org/data",)
    assert artifact.about["task"] == ("text-generation",)


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\n\n", b""])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_marks_and_line_ends(start: bytes, end: bytes) -> None:
    assert told(start + CARD.replace(b"\n", end))["license"] == "apache-2.0"


@pytest.mark.parametrize(
    "data",
    [
        b"# A README\n\nlicense: mit\n---\n",
        b"---\ntitle: a page of a site\n---\n",
        b"---\nlicense: mit\n",
        b"---\nlicense: [\n---\n",
        b"---\n- license\n---\n",
    ],
    ids=["no block", "another block", "no end", "no YAML", "no mapping"],
)
def test_what_is_no_card(data: bytes) -> None:
    (artifact,) = scan_bytes(data, "README.md").artifacts
    assert artifact.format != "model-card"


def test_tags_of_python_are_told() -> None:
    card = CARD.replace(b"org/base", b"!!python/object/apply:os.system [id]")
    assert rules_of(scan_bytes(card, "README.md"))


def test_what_is_taken_for_something_else_is_read_as_a_card_too() -> None:
    (artifact,) = scan_bytes(CARD, "requirements.txt").artifacts
    assert artifact.about["license"] == ("apache-2.0",)


@settings(max_examples=80, deadline=None)
@given(place=st.integers(0, len(CARD) - 1), patch=st.binary(max_size=4))
def test_mutations_never_raise(place: int, patch: bytes) -> None:
    report = scan_bytes(CARD[:place] + patch + CARD[place + 1 :])
    assert not any("defect" in problem.advice for problem in report.errors)


def test_truncation_never_raises() -> None:
    for end in range(len(CARD)):
        Said("model-card", CARD[:end])
