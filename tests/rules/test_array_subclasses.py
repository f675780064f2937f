"""Arrays of classes that no catalogue knows: the package is asked for, the array is no alarm."""

from __future__ import annotations

import pickle

import pytest

from tests.helpers.scanning import rules_of, scan_bytes


def array(class_: str, *more: object, element: bytes = b"\x01") -> bytes:
    """Assemble an array of a class, with a state that has more behind it."""
    start = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nc" + class_.encode() + b"\n"
    start += b"(K\x00tU\x01b\x87R"
    dtype = b"cnumpy\ndtype\n(U\x02i1K\x00K\x01tR(K\x03U\x01|NNN"
    dtype += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    data = b"U" + bytes([len(element)]) + element
    parts = b"".join(pickle.dumps(one, 2)[2:-1] for one in more)
    return start + b"(K\x01(K\x01t" + dtype + b"\x89" + data + parts + b"tb."


@pytest.mark.parametrize("more", [(), ({"unit": "m"},)])
def test_a_class_of_an_unknown_package(more: tuple[object, ...]) -> None:
    report = scan_bytes(array("mylib.units\nQuantity", *more), "array.pkl")
    assert rules_of(report) == {"unvouched-package": "medium"}
    assert "mylib.units.Quantity" in report.findings[0].message


@pytest.mark.parametrize(
    "data",
    [
        array("subprocess\nPopen"),
        array("collections\nOrderedDict"),
        array("numpy\nndarray", {"unit": "m"}),
    ],
)
def test_what_is_no_array(data: bytes) -> None:
    assert rules_of(scan_bytes(data, "array.pkl"))["callback-dispatch"] == "critical"
