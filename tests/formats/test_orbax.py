"""Orbax checkpoints: handlers, places of arrays, codecs; what is honest is silent."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from backports import zstd

from modelassay import scan
from modelassay.core.facts import Reference
from modelassay.formats.base import Weights
from modelassay.formats.orbax.shard import _crc32c
from modelassay.io.textproto import varint
from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

JSON_HANDLER = "orbax.checkpoint._src.handlers.json_checkpoint_handler.JsonCheckpointHandler"
LEAF = {
    "key_metadata": [{"key": "w", "key_type": 2}],
    "value_metadata": {"value_type": "jax.Array"},
}
ARRAY = {"zarr_format": 2, "shape": [3, 4], "chunks": [3, 4], "dtype": "<f4", "compressor": None}
HASH = "3aa524f7b76b73b5e33ebe48365395c0"


def metadata(handlers: object, **more: object) -> bytes:
    return json.dumps({"item_handlers": handlers, "custom_metadata": {}, **more}).encode()


def table(*paths: str) -> bytes:
    raw = [path.encode() for path in paths]
    numbers = [len(raw), *[0] * (len(raw) - 1), *map(len, raw), *[0] * len(raw)]
    return b"".join(map(varint, numbers)) + b"".join(raw)


def part(magic: int, body: bytes, packed: bool = False) -> bytes:
    body = zstd.compress(body) if packed else body
    size = (len(body) + 18).to_bytes(8, "little")
    return magic.to_bytes(4, "big") + size + bytes([0, packed]) + body + bytes(4)


def manifest(*paths: str, packed: bool = False) -> bytes:
    config = bytes(16) + b"".join(map(varint, (0, 100, 1000))) + b"\4" + varint(1) + bytes(4)
    return part(0x0CDB3A2A, config + table(*paths) + varint(0), packed)


def leaf(path: str, offset: int, length: int, packed: bool = False) -> bytes:
    """A leaf of two values: one that stands in it, one in a file."""
    keys = varint(0) + varint(1) * 2 + b"ab"
    values = varint(5) + varint(length) + varint(0) + varint(1)
    place = varint(0) + varint(offset)
    body = b"\0" + table(path) + varint(2) + keys + values + place + b"hello"
    return part(0x0CDB20DE, body, packed)


@pytest.mark.parametrize(
    "data",
    [
        metadata(JSON_HANDLER),
        metadata({"state": JSON_HANDLER, "meta": None}),
        json.dumps({"tree_metadata": {"('w',)": LEAF}, "use_ocdbt": True}).encode(),
        metadata(None, tree_metadata={}),
        json.dumps(ARRAY).encode(),
        json.dumps({"zarr_consolidated_format": 1, "metadata": {"w/.zarray": ARRAY}}).encode(),
        manifest(f"d/{HASH}"),
        manifest(f"ocdbt.process_0/d/{HASH}", "d/1", packed=True),
        leaf("d/x", 10, 1000),
        leaf("d/x", 10, 1000, packed=True) + leaf("d/y", 0, 9),
    ],
)
def test_honest_files_are_silent(data: bytes) -> None:
    report = scan_bytes(data, "state/d/x")
    assert {one.format for one in report.artifacts} <= {"orbax", "zarr", "ocdbt", "zstd"}
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (metadata("acme.Handler"), {"checkpoint-handler": "medium"}),
        (metadata({"a": JSON_HANDLER, "b": "os.system"}), {"checkpoint-handler": "medium"}),
        (
            json.dumps({"tree_metadata": {"w": {"kvstore": "http://evil.example/x"}}}).encode(),
            {"external-reference": "medium"},
        ),
        (
            json.dumps({"tree_metadata": {"w": {"kvstore": {"path": "../../x"}}}}).encode(),
            {"external-reference": "medium"},
        ),
        (
            json.dumps(ARRAY | {"dtype": "|O", "filters": [{"id": "pickle"}]}).encode(),
            {"packed-object": "high"},
        ),
        (
            json.dumps({"zarr_format": 3, "codecs": [{"name": "numcodecs.pickle"}]}).encode(),
            {"packed-object": "high"},
        ),
        (json.dumps(ARRAY | {"shape": [-1]}).encode(), {"model-structure": "medium"}),
        (json.dumps(ARRAY | {"shape": [1 << 64]}).encode(), {"model-structure": "medium"}),
        (manifest("../../../etc/passwd"), {"external-reference": "medium"}),
        (manifest("d/1", "/etc/passwd", packed=True), {"external-reference": "medium"}),
        (leaf("d/../../../x", 0, 9), {"external-reference": "medium"}),
        (leaf("gs://evil/x", 0, 9), {"external-reference": "medium"}),
        (manifest("d/1") + b"nothing at all", {"trailing-data": "medium"}),
    ],
)
def test_what_leads_elsewhere(data: bytes, rules: dict[str, str]) -> None:
    assert rules_of(scan_bytes(data)) == rules


def test_what_stands_behind_nodes_is_read() -> None:
    report = scan_bytes(leaf("d/x", 0, 9) + b"\x80\x04cos\nsystem\n(X\2\0\0\0idR.")
    assert "command-execution" in rules_of(report)


def test_files_of_values_are_spoken_for() -> None:
    events = Said("ocdbt", leaf("d/values", 10, 1000)).events
    assert Weights("d/values", 1010) in events
    assert any(isinstance(event, Reference) for event in events)


def test_a_folder_of_values(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "d"
    folder.mkdir(parents=True)
    values = bytes(range(7, 255)) * 9
    (folder.parent / "manifest.ocdbt").write_bytes(manifest("d/node"))
    (folder / "node").write_bytes(leaf("d/values", 0, len(values)))
    (folder / "values").write_bytes(values)
    (folder / "other").write_bytes(values)
    formats = {one.path.rpartition("/")[2]: one.format for one in scan(tmp_path).artifacts}
    assert formats["values"] == "weights"
    assert formats["other"] is None


def test_nodes_that_do_not_hold() -> None:
    bad = part(0x0CDB20DE, b"\0" + table("d/x") + varint(1 << 40))
    assert rules_of(scan_bytes(bad)) == {"model-structure": "medium"}
    bomb = part(0x0CDB20DE, b"\0" + varint(1 << 60))
    assert rules_of(scan_bytes(bomb)) == {"model-structure": "medium"}
    torn = bytearray(manifest("d/x", packed=True))
    torn[16] ^= 255
    assert not scan_bytes(bytes(torn)).complete


def test_shards_of_zarr() -> None:
    chunks = [zstd.compress(bytes(100)), zstd.compress(b"\x80\x04cos\nsystem\n(X\2\0\0\0idR.")]
    empty = struct.pack("<QQ", (1 << 64) - 1, (1 << 64) - 1)
    places = struct.pack("<QQQQ", 0, len(chunks[0]), len(chunks[0]), len(chunks[1])) + empty
    sealed = places + _crc32c(places).to_bytes(4, "little")
    report = scan_bytes(b"".join(chunks) + sealed)
    assert report.artifacts[0].format == "zarr-shard"
    assert "command-execution" in rules_of(report)
    honest = chunks[0] + struct.pack("<QQ", 0, len(chunks[0]))
    honest += _crc32c(honest[-16:]).to_bytes(4, "little")
    assert not scan_bytes(honest).findings
    for wrong in (honest[:-1] + b"x", honest[:-9] + b"\1" + honest[-8:]):
        assert rules_of(scan_bytes(wrong)) == {"unexpected-data": "low"}
    assert _crc32c(b"123456789") == 0xE3069283


def test_damage() -> None:
    for data in (leaf("d/x", 0, 9), manifest("d/x", packed=True)):
        cuts_are_told(data, "ocdbt")
        changes_are_stood(data, 200)
    for data in (metadata("acme.Handler"), json.dumps(ARRAY).encode()):
        changes_are_stood(data, 200)
