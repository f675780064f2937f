"""What is found below folders, and what happens to what cannot be read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tree(tmp_path: Path, clean: Path, hostile: Path) -> Path:
    root = tmp_path / "tree"
    for name, source in {"a.pkl": clean, "b/c.bin": clean, "b/d/e.pkl": hostile}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    return root


def _paths(invoke: Invoke, *arguments: str | Path) -> list[str]:
    _, out, _ = invoke("scan", *arguments, "--format", "json")
    return [artifact["path"] for artifact in json.loads(out)["artifacts"]]


def test_every_file_below_a_folder_is_listed(invoke: Invoke, tree: Path) -> None:
    expected = [tree / "a.pkl", tree / "b/c.bin", tree / "b/d/e.pkl"]
    assert _paths(invoke, tree) == [str(path) for path in expected]


def test_paths_are_as_given(invoke: Invoke, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert _paths(invoke, "b") == ["b/c.bin", "b/d/e.pkl"]
    assert _paths(invoke, "./b/") == ["./b/c.bin", "./b/d/e.pkl"]
    assert _paths(invoke, "a.pkl", "../tree/a.pkl") == ["a.pkl", "../tree/a.pkl"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--include", "*.pkl"], ["a.pkl", "b/d/e.pkl"]),
        (["--include", "b/*"], ["b/c.bin", "b/d/e.pkl"]),
        (["--exclude", "e.pkl"], ["a.pkl", "b/c.bin"]),
        (["--exclude", "d"], ["a.pkl", "b/c.bin"]),
        (["--exclude", "b/d"], ["a.pkl", "b/c.bin"]),
        (["--include", "*.pkl", "--exclude", "b"], ["a.pkl"]),
        (["--include", "*.bin", "--include", "a*"], ["a.pkl", "b/c.bin"]),
        (["--include", "*.onnx"], []),
    ],
    ids=str,
)
def test_globs(invoke: Invoke, tree: Path, arguments: list[str], expected: list[str]) -> None:
    assert _paths(invoke, tree, *arguments) == [str(tree / name) for name in expected]


def test_a_file_that_is_named_is_always_read(invoke: Invoke, tree: Path) -> None:
    assert _paths(invoke, tree / "a.pkl", "--exclude", "*") == [str(tree / "a.pkl")]


def test_a_vanished_file_is_a_failed_artifact(
    invoke: Invoke, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file goes after it was listed and before it is opened."""
    from modelassay.cli import scan as module

    original = module.Progress.__call__

    def vanish(self: object, path: str) -> None:
        original(self, path)  # type: ignore[arg-type]
        if path.endswith("a.pkl"):
            os.unlink(path)

    monkeypatch.setattr(module.Progress, "__call__", vanish)
    code, out, _ = invoke("scan", tree, "--format", "json")
    report = json.loads(out)
    assert code == 1  # what is found in the other file outranks it
    assert [a["status"] for a in report["artifacts"]] == ["failed", "scanned", "scanned"]
    assert not report["complete"]
    assert report["errors"][0]["artifact"] == str(tree / "a.pkl")


def test_a_link_to_nowhere_is_a_failed_artifact(invoke: Invoke, tree: Path) -> None:
    (tree / "a.pkl").unlink()
    (tree / "a.pkl").symlink_to("gone.pkl")
    _, out, _ = invoke("scan", tree, "--format", "json", "--exclude", "b")
    assert [a["status"] for a in json.loads(out)["artifacts"]] == ["failed"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_named_pipe_does_not_hang(invoke: Invoke, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    code, out, _ = invoke("scan", tmp_path / "pipe.pkl")
    assert code == 2
    assert "not a regular file" in out


def test_a_folder_that_cannot_be_listed_is_told(
    invoke: Invoke, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if path.endswith("d"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    code, out, _ = invoke("scan", tree)
    assert code == 2
    assert "cannot list" in out
    assert str(tree / "b" / "d") in out


def test_links_in_a_circle_end(invoke: Invoke, tree: Path) -> None:
    (tree / "b" / "up").symlink_to(tree, target_is_directory=True)
    assert len(_paths(invoke, tree)) == 3


def test_hash_stands_for_every_file(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    path.write_bytes(b"text " * 500_000)
    digests = []
    for arguments in ([], ["--hash"]):
        _, out, _ = invoke("scan", path, "--format", "json", *arguments)
        digests.append(json.loads(out)["artifacts"][0].get("sha256"))
    assert digests[0] is None
    assert len(digests[1]) == 64
