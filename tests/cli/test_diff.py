"""`modelassay diff` answers: was this already in the model we started from?"""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import HOSTILE, Ran

ROOT = Path(__file__).resolve().parents[2]
Invoke = Callable[..., Ran]


def _safetensors(path: Path, tensors: dict[str, tuple[str, list[int]]], note: str) -> Path:
    sizes = {"F32": 4, "F16": 2}
    header: dict[str, Any] = {"__metadata__": {"note": note}}
    at = 0
    for name, (dtype, shape) in tensors.items():
        size = sizes[dtype]
        for one in shape:
            size *= one
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + bytes(at))
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return _safetensors(tmp_path / "base.safetensors", {"a": ("F32", [2]), "b": ("F32", [3])}, "x")


def _diff(invoke: Invoke, *arguments: str | Path) -> tuple[int, Any]:
    ran = invoke("diff", *arguments, "--format", "json")
    return ran.code, json.loads(ran.out)


def _keys(difference: Any, kind: str, how: str) -> list[str]:
    return [one["key"] for one in difference["kinds"][kind][how]]


def test_the_same_model_elsewhere_does_not_differ(
    invoke: Invoke, base: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "elsewhere" / "other-name.bin"
    copy.parent.mkdir()
    copy.write_bytes(base.read_bytes())
    code, difference = _diff(invoke, base, copy)
    assert code == 0
    assert difference["kinds"]["tensor"]["same"] == 2


def test_tensors_and_metadata_that_came_went_and_changed(
    invoke: Invoke, base: Path, tmp_path: Path
) -> None:
    tensors = {"a": ("F16", [4]), "c": ("F32", [1])}
    other = _safetensors(tmp_path / "tuned.safetensors", tensors, "y")
    code, difference = _diff(invoke, base, other)
    assert code == 1
    assert _keys(difference, "tensor", "came") == ["c"]
    assert _keys(difference, "tensor", "went") == ["b"]
    assert _keys(difference, "tensor", "changed") == ["a"]
    (note,) = difference["kinds"]["metadata"]["changed"]
    assert "x" in note["before"] and "y" in note["after"]


def test_a_call_that_came_with_the_second_model(invoke: Invoke, clean: Path, hostile: Path) -> None:
    code, difference = _diff(invoke, clean, hostile)
    assert code == 1
    assert "posix.system" in _keys(difference, "callable", "came")
    assert any("command-execution" in one for one in _keys(difference, "finding", "came"))
    code, difference = _diff(invoke, hostile, hostile)
    assert code == 0 and difference["kinds"]["finding"]["same"] > 0


def test_members_of_archives(invoke: Invoke, tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for path, names in ((one, ("a.txt",)), (two, ("a.txt", "evil.pkl"))):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, HOSTILE if name.endswith("pkl") else b"text\n")
    _, difference = _diff(invoke, one, two)
    assert _keys(difference, "member", "came") == ["evil.pkl"]
    (call,) = difference["kinds"]["call"]["came"]
    assert call["where"] == "!evil.pkl"


def test_two_saved_reports(invoke: Invoke, clean: Path, hostile: Path, tmp_path: Path) -> None:
    saved = []
    for path in (clean, hostile):
        saved.append(tmp_path / f"{path.stem}.json")
        invoke("scan", path, "--format", "json", "--output", saved[-1])
    code, difference = _diff(invoke, *saved)
    assert code == 1 and _keys(difference, "finding", "came")
    assert invoke("diff", saved[0], hostile).code == 4


def test_what_could_not_be_read_is_not_called_the_same(invoke: Invoke, torn: Path) -> None:
    assert invoke("diff", torn, torn).code == 2


def test_text_for_people(invoke: Invoke, clean: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.pkl"
    odd.write_bytes(pickle.dumps(print).replace(b"print", b"pr\x1bnt"))
    ran = invoke("diff", clean, odd)
    assert ran.code == 1 and "+ " in ran.out and "\x1b" not in ran.out


def test_weights_that_changed_are_told_by_name(invoke: Invoke, base: Path, tmp_path: Path) -> None:
    other = tmp_path / "tuned.safetensors"
    other.write_bytes(base.read_bytes()[:-1] + b"\1")
    code, difference = _diff(invoke, base, other)
    assert code == 1
    assert _keys(difference, "tensor", "changed") == ["b"]
    assert difference["kinds"]["tensor"]["same"] == 1
    _, quick = _diff(invoke, base, other, "--quick")
    assert not _keys(quick, "tensor", "changed")


def test_every_tensor_of_a_shape_is_told(invoke: Invoke, base: Path, tmp_path: Path) -> None:
    one = _safetensors(tmp_path / "one", {name: ("F32", [2]) for name in "abc"}, "x")
    two = _safetensors(tmp_path / "two", {name: ("F32", [2]) for name in "abd"}, "x")
    _, difference = _diff(invoke, one, two, "--quick")
    assert _keys(difference, "tensor", "came") == ["d"]
    assert _keys(difference, "tensor", "went") == ["c"]


@pytest.mark.parametrize("kind", ["state", "state-legacy"])
def test_storages_are_known_by_the_keys_of_their_tensors(
    invoke: Invoke, tmp_path: Path, kind: str
) -> None:
    model = ROOT / "tests" / "data" / "torch-2.13.0" / f"{kind}.pt"
    code, difference = _diff(invoke, model, model)
    assert code == 0 and difference["kinds"]["tensor"]["same"] >= 2
    data = bytearray(model.read_bytes())
    if zipfile.is_zipfile(model):
        with zipfile.ZipFile(model) as archive:
            entry = next(one for one in archive.infolist() if one.filename.endswith("/data/0"))
        lengths = struct.unpack_from("<HH", data, entry.header_offset + 26)
        data[entry.header_offset + 30 + sum(lengths)] ^= 1
    else:
        data[-1] ^= 1
    other = tmp_path / "other-name.pt"
    other.write_bytes(data)
    _, difference = _diff(invoke, model, other)
    (name,) = _keys(difference, "tensor", "changed")
    assert "/" not in name and not name.isdigit()


def test_a_template_that_changed_is_shown_line_by_line(invoke: Invoke, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, word in ((one, "content"), (two, "reasoning")):
        folder.mkdir()
        text = "{% for m in messages %}\n{{ m['" + word + "'] }}\n{% endfor %}\n"
        (folder / "chat_template.jinja").write_text(text)
    _, difference = _diff(invoke, one, two)
    (change,) = difference["kinds"]["template"]["changed"]
    assert "-{{ m['content'] }}" in change["lines"]
    assert "+{{ m['reasoning'] }}" in change["lines"]
    assert "+{{ m['reasoning'] }}" in invoke("diff", one, two).out
