"""Lines of text that are longer than what a trial reads: protocol 0 sets no bound to them."""

from __future__ import annotations

import pytest

from tests.helpers.scanning import rules_of, scan_bytes

LONG = b"V" + b"#" * 70_000
RUN = b"cbuiltins\nexec\n(Vprint(1)\ntR."


@pytest.mark.parametrize(
    "data",
    [
        b"cbuiltins\nexec\n(" + LONG + b"\\u000aprint(1)\ntR.",
        b"junk\xff\xfe" * 30 + b"cbuiltins\nexec\n(" + LONG + b"\\u000aprint(1)\ntR.",
        b"N." + b"cbuiltins\nexec\n(" + LONG + b"\\u000aprint(1)\ntR.",
        LONG + b"\n0" + RUN,
        b"(" + LONG + b"\n" + RUN,
        b"N." + LONG + b"\n0" + RUN,
    ],
    ids=["argument", "behind junk", "second stream", "in front", "under a mark", "in the second"],
)
def test_what_a_long_line_stands_beside_is_found(data: bytes) -> None:
    assert rules_of(scan_bytes(data))["code-execution"] == "critical"
