"""What text and compressed bytes hold is read, wherever they stand; what it does is judged."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import lzma
import marshal
import pickle
import random
import zipfile
import zlib
from collections.abc import Callable

import pytest

from modelassay.core.report import Report
from tests.helpers.programs import elf
from tests.helpers.scanning import rules_of, scan_bytes
from tests.helpers.weights import safetensors

EVIL = {
    "two lines": b"cos\nsystem\n(S'id'\ntR.",
    "protocol 2": b"\x80\x02cposix\nsystem\nq\0X\x0c\0\0\0echo reachedq\1\x85q\2Rq\3.",
    "protocol 4": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x0cecho reached\x85R.",
}
HONEST = pickle.dumps({"layers": [64, 64], "activation": "tanh", "note": "n" * 40}, 4)


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "zlib": zlib.compress,
    "deflate": _raw_deflate,
    "gzip": gzip.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}
CODED: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "hex": lambda data: data.hex().encode(),
    "base32": base64.b32encode,
}
WRAPPED: dict[str, Callable[[bytes], tuple[bytes, str]]] = {
    "JSON": lambda text: (json.dumps({"a": text.decode()}).encode(), "settings.json"),
    "YAML": lambda text: (b"a: " + text + b"\n", "settings.yaml"),
    "CSV": lambda text: (b"a,b\n1," + text + b"\n", "rows.csv"),
    "text": lambda text: (b"hello " + text + b"\n", "notes"),
    "pickle": lambda text: (pickle.dumps({"a": text.decode()}), "model.pkl"),
    "bytes in a pickle": lambda text: (pickle.dumps([text]), "model.pkl"),
}


def runs_a_command(report: Report) -> bool:
    return rules_of(report).get("command-execution") == "critical"


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("coded", CODED)
@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("evil", EVIL)
def test_pickles_in_strings_are_read(evil: str, packed: str, coded: str, wrapped: str) -> None:
    data, name = WRAPPED[wrapped](CODED[coded](PACKED[packed](EVIL[evil])))
    assert runs_a_command(scan_bytes(data, name))


@pytest.mark.parametrize("coded", CODED)
@pytest.mark.parametrize("padding", range(5))
def test_text_that_an_opcode_follows_is_decoded_whatever_its_length(
    coded: str, padding: int
) -> None:
    text = CODED[coded](EVIL["protocol 4"] + bytes(padding)).rstrip(b"=")
    assert runs_a_command(scan_bytes(pickle.dumps([text], 2), "model.pkl"))


@pytest.mark.parametrize("coded", CODED)
@pytest.mark.parametrize("packed", PACKED)
def test_a_deep_search_decodes_what_others_do(packed: str, coded: str) -> None:
    text = CODED[coded](PACKED[packed](EVIL["protocol 4"]))
    model = safetensors({"__metadata__": {"a": text.decode()}})
    assert runs_a_command(scan_bytes(model, deep=True))


def test_a_deep_search_decodes_members_far_from_both_ends() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("weights", random.Random(7).randbytes(1_200_000))
        archive.writestr("a.json", b'{"a": "%b"}' % base64.b64encode(zlib.compress(elf())))
        archive.writestr("more", random.Random(8).randbytes(200_000))
    for deep in (False, True):
        assert "embedded-executable" in rules_of(scan_bytes(file.getvalue(), deep=deep))


def test_code_in_bytes_of_early_protocols_is_read() -> None:
    code = marshal.dumps(compile("import os; os.system('id')", "x", "exec"))
    for protocol in (0, 2, 4):
        report = scan_bytes(pickle.dumps([code], protocol), "model.pkl")
        assert rules_of(report).get("code-by-value") == "critical"


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("coded", CODED)
def test_honest_pickles_in_strings_are_honest(coded: str, wrapped: str) -> None:
    data, name = WRAPPED[wrapped](CODED[coded](HONEST))
    assert scan_bytes(data, name).findings == []


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("payload", [*EVIL.values(), elf()])
@pytest.mark.parametrize("junk", [b"", b"\xfe\xfd junk \x01"])
def test_zlib_behind_junk_in_bytes_of_a_pickle(payload: bytes, junk: bytes, deep: bool) -> None:
    data = pickle.dumps({"a": junk + zlib.compress(payload) + junk})
    report = scan_bytes(data, "model.pkl", deep=deep)
    assert report.verdict == "malicious"


def test_zlib_behind_the_end() -> None:
    packed = zlib.compress(elf())
    model = safetensors({"__metadata__": {"format": "pt"}})
    report = scan_bytes(model + b"junk" + packed)
    digest = hashlib.sha256(packed).hexdigest()
    assert any(digest in one.message for one in report.findings if one.rule == "hidden-payload")


def test_streams_of_numbers_are_no_find() -> None:
    numbers = b"".join(value.to_bytes(4, "little") for value in range(4000))
    data = pickle.dumps({"a": zlib.compress(numbers), "b": base64.b64encode(numbers)})
    assert scan_bytes(data).findings == []


SCARY = "how an attack looks: rm -rf / --no-preserve-root; dd if=/dev/zero of=/dev/sda bs=1M"


def test_words_of_payloads_are_quoted_in_text_and_odd_in_weights() -> None:
    told = scan_bytes(pickle.dumps({"note": SCARY}), "model.pkl", deep=True)
    assert rules_of(told) == {"payload-signature": "low"}
    model = safetensors({"w": {"dtype": "U8", "shape": [500], "data_offsets": [0, 500]}})
    told = scan_bytes(model + SCARY.encode().ljust(500), deep=True)
    assert rules_of(told)["payload-signature"] == "medium"
