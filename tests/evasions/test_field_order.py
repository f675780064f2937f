"""Messages whose fields stand in another order, beside fields nobody knows: loaders take them."""

from __future__ import annotations

import base64

import pytest

from tests.evasions.assembler import call, stream
from tests.formats.test_coreml import CUSTOM, model, network
from tests.formats.test_paddle import PLAIN, field, operator, pir, program
from tests.helpers.scanning import rules_of, scan_bytes

CALL = operator("py_func")
BACKWARDS = field(1, CALL + field(3, field(1, "v")) + field(2, -1) + field(1, 0))


@pytest.mark.parametrize(
    "data",
    [
        BACKWARDS,
        field(4, field(1, 0)) + BACKWARDS,
        field(900, "abc") + program((CALL,)),
        program((), PLAIN) + BACKWARDS,
        field(1, field(1, 0) + field(900, "abc") + CALL + field(2, -1)),
    ],
    ids=["operators first", "version first", "unknown first", "empty block", "unknown inside"],
)
def test_programs_of_paddle(data: bytes) -> None:
    assert rules_of(scan_bytes(data)) == {"paddle-operator": "high"}


def test_models_of_coreml_beside_unknown_fields() -> None:
    data = model(500, network(CUSTOM)) + field(900, "abc") * 200
    assert rules_of(scan_bytes(data)) == {"custom-layer": "medium"}


def test_programs_of_paddle_behind_a_mark() -> None:
    data = b"\xef\xbb\xbf" + pir("1.relu", "1.py_func").replace(b"base", b"\\u0062ase")
    assert rules_of(scan_bytes(data)) == {"paddle-operator": "high"}


@pytest.mark.parametrize(
    "head",
    [b"", b"\x80\2\x80\2", b"}q\0X\5\0\0\0epochq\1K\5s.", b"]q\0(K\1K\2e."],
    ids=["none", "protocol twice", "dict", "list"],
)
def test_text_of_a_pickle_behind_plain_data(head: bytes) -> None:
    data = base64.b64encode(head + stream(call("posix:system", "echo inert"))[2:])
    assert rules_of(scan_bytes(data))["command-execution"] == "critical"
