"""Archives of `torch.export`: what is native in them, what is pickled in them."""

from __future__ import annotations

import pytest

from tests.formats.exploring import archive
from tests.formats.pytorch.making import call, push, stream
from tests.helpers.scanning import rules_of, scan_bytes

_PLAIN = {
    "m/archive_format": b"pt2",
    "m/byteorder": b"little",
    "m/models/model.json": b'{"graph_module": {}}',
    "m/data/weights/weight_0": bytes(16),
}
_LIBRARY = "m/data/aotinductor/model/x.wrapper.so"


def test_weights_and_graph_are_silent() -> None:
    report = scan_bytes(archive(_PLAIN))
    assert report.complete
    assert not report.findings
    assert report.artifacts[0].format == "torch-export"


@pytest.mark.parametrize("name", [_LIBRARY, _LIBRARY[:-2] + "cpp", "data/aotinductor/a/B.DLL"])
def test_native_code_is_critical(name: str) -> None:
    assert rules_of(scan_bytes(archive(_PLAIN | {name: b"?"})))["compiled-model"] == "critical"


def test_elsewhere_a_library_is_what_its_bytes_are() -> None:
    found = rules_of(scan_bytes(archive(_PLAIN | {"m/extra/x.so": b"no library"})))
    assert "compiled-model" not in found


@pytest.mark.parametrize("name", ["data/constants/custom_obj_0", "data/weights/weight_1"])
def test_pickled_objects_are_read(name: str) -> None:
    hostile = stream(call("os", "system", push("id")))
    found = rules_of(scan_bytes(archive(_PLAIN | {f"m/{name}": hostile})))
    assert found["command-execution"] == "critical"
