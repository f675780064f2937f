"""Forms in which honest pickles name callables, beside forms that only look like them."""

from __future__ import annotations

from tests.helpers.scanning import rules_of, scan_bytes


def said(body: bytes) -> dict[str, str]:
    """Return what is said of a stream at medium or above."""
    rules = rules_of(scan_bytes(b"\x80\x04" + body + b"."))
    return {rule: severity for rule, severity in rules.items() if severity not in ("low", "info")}


def text(word: str) -> bytes:
    """Return the opcode that pushes `word`."""
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def rebuilt(kind: str) -> bytes:
    """Return what Cython writes for an instance of a compiled class."""
    head = f"c_loss\n__pyx_unpickle_{kind}\n(c_loss\n{kind}\n".encode()
    return head + b"J\xaf\x2d\xd4\x04NtR"


def test_losses_under_the_name_of_their_compiled_module() -> None:
    for protocol in (
        b"c_loss\nCyHalfSquaredError\n)R",
        b"c_loss\nCyPinballLoss\nG?\xe0\0\0\0\0\0\0\x85R",
    ):
        assert not said(protocol)
    assert not said(rebuilt("CyHalfBinomialLoss"))


def test_no_other_name_of_that_module_is_vouched_for() -> None:
    assert said(b"c_loss\nFocalLoss\n)\x81}b") == {"unvouched-package": "medium"}
    assert said(b"c_loss\nsystem\nV1\n\x85R")["suggestive-callable"]
    assert said(
        rebuilt("CyHalfBinomialLoss").replace(b"c_loss\nCyHalfBinomialLoss", b"cos\nsystem")
    )
