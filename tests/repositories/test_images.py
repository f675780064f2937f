"""Layouts of OCI images and stores of Ollama: digests, sizes, media types, names to write to."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.folders import GOLDEN, grave, put, repository, scanned

GGUF = next((GOLDEN.parent / "gguf-0.19.0").glob("*.gguf")).read_bytes()
PICKLE = b"\x80\x04]."
MODEL = "application/vnd.ollama.image.model"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def descriptor(data: bytes, media: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media, "digest": f"sha256:{digest(data)}", "size": len(data), **more}


def ollama(root: Path, model: bytes = GGUF, **change: Any) -> Path:
    """A store with one model: weights, a template and a configuration."""
    config = json.dumps({"model_format": "gguf", "model_family": "llama"}).encode()
    template = b"{{ .System }} {{ .Prompt }}"
    layers = [
        {**descriptor(model, MODEL), **change},
        descriptor(template, "application/vnd.ollama.image.template"),
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": descriptor(config, "application/vnd.docker.container.image.v1+json"),
        "layers": layers,
    }
    blobs = {f"blobs/sha256-{digest(data)}": data for data in (config, model, template)}
    name = "manifests/registry.ollama.ai/library/tiny/latest"
    return put(root, {name: json.dumps(manifest), **blobs})


def tarred(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def oci(root: Path, layer: bytes, **change: Any) -> Path:
    """A layout with one manifest and one layer."""
    config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
    media = "application/vnd.oci.image.layer.v1.tar"
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [{**descriptor(layer, media), **change}],
        }
    ).encode()
    index = {
        "schemaVersion": 2,
        "manifests": [descriptor(manifest, "application/vnd.oci.image.manifest.v1+json")],
    }
    blobs = {f"blobs/sha256/{digest(data)}": data for data in (config, manifest, layer)}
    layout = {"oci-layout": '{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index)}
    return put(root, {**layout, **blobs})


def test_an_honest_store_is_silent(tmp_path: Path) -> None:
    root = ollama(tmp_path)
    report = scanned(root)
    artifact = repository(report, root)
    assert artifact.format == "ollama-store"
    assert f"blobs/sha256-{digest(GGUF)}" in artifact.loading[0].takes
    assert report.complete
    assert not report.findings


def test_an_honest_layout_is_silent(tmp_path: Path) -> None:
    root = oci(tmp_path, tarred(**{"models/a.txt": b"hello"}))
    report = scanned(root)
    assert repository(report, root).format == "oci-layout"
    assert report.complete
    assert not report.findings


def test_a_blob_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    root = ollama(tmp_path)
    put(root, {f"blobs/sha256-{digest(GGUF)}": GGUF + b"\0"})
    found = grave(scanned(root))
    assert {one.rule for one in found} >= {"repository-files"}
    assert any(digest(GGUF) in one.message and one.severity == "high" for one in found)


def test_a_layer_that_is_not_what_the_manifest_names(tmp_path: Path) -> None:
    root = oci(tmp_path, tarred(a=b"x"))
    layer = f"blobs/sha256/{digest(tarred(a=b'x'))}"
    put(root, {layer: tarred(a=b"y")})
    assert [one.severity.value for one in grave(scanned(root))] == ["high"]


def test_a_model_that_is_a_pickle(tmp_path: Path) -> None:
    found = grave(scanned(ollama(tmp_path, PICKLE)))
    assert any(one.rule == "repository-files" and MODEL in one.message for one in found)


@pytest.mark.parametrize("change", [{"size": 1}, {"digest": "sha256:" + "0" * 64}])
def test_a_manifest_that_does_not_fit_is_told(tmp_path: Path, change: dict[str, Any]) -> None:
    report = scanned(ollama(tmp_path, **change))
    assert [one.rule for one in report.findings] == ["repository-files"]
    assert "layers[0]" in report.findings[0].message


@pytest.mark.parametrize("key", ["org.opencontainers.image.title", "org.cncf.model.filepath"])
def test_a_layer_that_is_written_elsewhere(tmp_path: Path, key: str) -> None:
    root = oci(tmp_path, tarred(a=b"x"), annotations={key: "../../.ssh/authorized_keys"})
    found = grave(scanned(root))
    assert [one.rule for one in found] == ["external-reference"]
    assert "authorized_keys" in found[0].message


def test_a_digest_that_is_a_path(tmp_path: Path) -> None:
    report = scanned(ollama(tmp_path, digest="sha256:../../../etc/passwd"))
    assert ("manifest-digest", "high") in [(f.rule, f.severity.value) for f in report.findings]


def test_links_of_a_root_file_system_are_its_own(tmp_path: Path) -> None:
    out = io.BytesIO()
    links = {"bin/sh": "/bin/busybox", "etc/mtab": "/proc/mounts", "usr/lib": "/lib", "var/x": "y"}
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            made.addfile(info)
    assert grave(scanned(oci(tmp_path / "a", out.getvalue()))) == []
    few = out.getvalue()[:1024] + bytes(1024)  # two links alone
    assert grave(scanned(oci(tmp_path / "b", few)))


def test_a_whiteout_of_the_folder_above(tmp_path: Path) -> None:
    honest = tarred(**{"models/.wh.old": b"", "models/.wh..wh..opq": b""})
    assert grave(scanned(oci(tmp_path / "a", honest))) == []
    found = grave(scanned(oci(tmp_path / "b", tarred(**{"models/.wh...": b""}))))
    assert [one.rule for one in found] == ["archive-path-traversal"]


def test_members_of_layers_are_read(tmp_path: Path) -> None:
    evil = b"\x80\x04cos\nsystem\n(X\x01\x00\x00\x00atR."
    report = scanned(oci(tmp_path, tarred(**{"models/m.pkl": evil})))
    assert report.verdict == "malicious"
    report = scanned(oci(tmp_path / "b", tarred(**{"../escape": b"x"})))
    assert any(one.rule == "archive-path-traversal" for one in report.findings)
