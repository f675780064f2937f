"""A manifest tells in one pass whether anything changed since it was found safe."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from modelassay.cli.main import run
from modelassay.signing import keys, manifest

DATA = Path(__file__).resolve().parents[1] / "data" / "model_signing"
HOSTILE = b"cposix\nsystem\n(S'id'\ntR."


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.pkl").write_bytes(pickle.dumps([1.0, 2.0]))
    (folder / "sub" / "config.json").write_text('{"a": 1}\n')
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return _pair(folder, "own")


def _pair(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def _create(model: Path, *more: str | Path) -> tuple[int, Path]:
    saved = model.parent / "manifest.json"
    code = run(["manifest", "create", str(model), "--output", str(saved), *map(str, more)])
    return code, saved


def test_a_clean_state_is_verified(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, saved = _create(model)
    assert code == 0
    assert run(["manifest", "verify", str(saved), str(model)]) == 0
    assert "Nothing has changed" in capsys.readouterr().out


def test_it_names_every_file_and_the_same_bytes_come_out(model: Path) -> None:
    _, saved = _create(model)
    first = saved.read_bytes()
    statement = json.loads(first)
    names = [one["name"] for one in statement["predicate"]["resources"]]
    assert names == ["sub/config.json", "weights.pkl"]
    assert _create(model)[1].read_bytes() == first


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: (m / "weights.pkl").write_bytes(b"\x80\x04N."), "changed: weights.pkl"),
        (lambda m: (m / "sub" / "config.json").unlink(), "missing: sub/config.json"),
        (lambda m: (m / "sub" / "new.py").write_text("1"), "added: sub/new.py"),
    ],
)
def test_what_changed_is_named(
    model: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    told: str,
) -> None:
    _, saved = _create(model)
    change(model)
    assert run(["manifest", "verify", str(saved), str(model)]) == 1
    assert told in capsys.readouterr().out


def test_a_state_that_did_not_pass_is_never_verified_as_safe(model: Path) -> None:
    (model / "weights.pkl").write_bytes(HOSTILE)
    code, saved = _create(model)
    assert code == 1
    assert run(["manifest", "verify", str(saved), str(model)]) == 1


@pytest.mark.parametrize("edit", ["digest", "cut", "other", "empty"])
def test_a_manifest_that_was_tampered_with_is_refused(model: Path, edit: str) -> None:
    _, saved = _create(model)
    data = json.loads(saved.read_bytes())
    if edit == "digest":
        data["predicate"]["resources"][0]["digest"] = "00" * 32
    elif edit == "other":
        data["predicateType"] = "https://elsewhere"
    text = json.dumps(data).encode()
    saved.write_bytes({"cut": text[:-9], "empty": b""}.get(edit, text))
    assert run(["manifest", "verify", str(saved), str(model)]) == 2


def test_signed_and_verified_with_a_key(
    model: Path, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    private, public = pair
    _, saved = _create(model, "--key", private)
    assert run(["manifest", "verify", str(saved), str(model), "--key", str(public)]) == 0
    _, stranger = _pair(tmp_path, "stranger")
    assert run(["manifest", "verify", str(saved), str(model), "--key", str(stranger)]) == 2


def test_a_signed_manifest_that_was_edited_is_refused(model: Path, pair: tuple[Path, Path]) -> None:
    private, public = pair
    (model / "weights.pkl").write_bytes(HOSTILE)
    _, saved = _create(model, "--key", private)
    bundle = json.loads(saved.read_bytes())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    forged = payload.replace(b'"passed": false', b'"passed": true ')
    assert forged != payload
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(forged).decode()
    saved.write_text(json.dumps(bundle))
    assert run(["manifest", "verify", str(saved), str(model), "--key", str(public)]) == 2


def test_a_key_is_asked_for_and_there_is_no_signature(model: Path, pair: tuple[Path, Path]) -> None:
    _, saved = _create(model)
    assert run(["manifest", "verify", str(saved), str(model), "--key", str(pair[1])]) == 2


def test_what_the_tool_of_openssf_signed_is_verified() -> None:
    payload = keys.verify((DATA / "model.sig").read_bytes(), (DATA / "public.pem").read_bytes())
    statement = manifest.decode(payload)
    from modelassay import sources

    target = str(DATA / "model")
    assert manifest.compare(statement, target, sources.items(target)).none


def test_ours_has_the_form_of_the_tool_of_openssf(model: Path, pair: tuple[Path, Path]) -> None:
    """Verified with the tool itself when this was written; here the shapes are held together."""
    theirs = json.loads((DATA / "model.sig").read_bytes())
    _, saved = _create(model, "--key", pair[0])
    ours = json.loads(saved.read_bytes())
    assert _shape(ours) == _shape(theirs)
    inner = [json.loads(base64.b64decode(one["dsseEnvelope"]["payload"])) for one in (ours, theirs)]
    del inner[0]["predicate"]["modelassay"]
    assert _shape(inner[0]) == _shape(inner[1])


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(_shape(one), sort_keys=True) for one in value} - {'"str"'})
    return type(value).__name__
