"""The text form of messages becomes the wire form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.io.textproto import encode, schema
from tests.formats.wire import field

KNOWN = schema(M="n:1:int t:2:text m:3:M f:4:float")
WORDS = {"RED": 7}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("n: 5", field(1, 5)),
        ("n: -1 # why\nn: RED", field(1, -1) + field(1, 7)),
        ("n: 0x10 n: true", field(1, 16) + field(1, 1)),
        ("n: [1, 2]", field(1, 1) + field(1, 2)),
        ("n: []", b""),
        ('t: "a" \'b\'\n"\\n\\101\\x41\\""', field(2, 'ab\nAA"')),
        ("m { n: 1 } m < n: 2 >", field(3, field(1, 1)) + field(3, field(1, 2))),
        ("m: [{ n: 1 }, { m { n: 2 } }]", field(3, field(1, 1)) + field(3, field(3, field(1, 2)))),
        ("other { n: 1 deep < t: 'x' > } n: 3", field(1, 3)),
        ("[some.extension] { n: 1 } n: 3, n: 4;", field(1, 3) + field(1, 4)),
        ("f: 1.5", b"\x25\0\0\xc0\x3f"),
        ("", b""),
    ],
)
def test_it_is_encoded(text: str, data: bytes) -> None:
    encoded = encode(text, KNOWN, "M", WORDS)
    assert encoded.fault is None
    assert encoded.data == data


@pytest.mark.parametrize(
    "text", ["n: 1 }", "n: 1 m {", "n: 1 m: [{", "n: 1 @", "n: 1 n: [2", "n: 1 m: [3, {", "n: 1 t:"]
)
def test_what_is_broken_keeps_what_it_has(text: str) -> None:
    encoded = encode(text, KNOWN, "M", WORDS)
    assert encoded.fault
    assert encoded.data.startswith(field(1, 1))


def test_nesting_ends() -> None:
    assert "too deep" in (encode("m{" * 10_000, KNOWN, "M", WORDS).fault or "")


@given(st.text("nmt:[]{}<>,\"'\\#\n 12.-", max_size=60))
def test_text_of_any_kind_ends(text: str) -> None:
    encode(text, KNOWN, "M", WORDS)
