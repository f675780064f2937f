"""The cache: what it remembers is what would be read."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest

from modelassay import Options, scan
from modelassay.engines import Work, cache
from modelassay.kernel import Item, Scanner
from modelassay.reports import BY_ID, View
from tests.engines.test_local import HOSTILE, _folder, _json

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = _folder(tmp_path / "models", 20)
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(ROOT / "tests" / "data" / "repositories", folder / "repositories")
    return folder


def _count(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which the path of each file that is read is added."""
    paths: list[str] = []
    read = Scanner.read

    def reads(self: Scanner, item: Item) -> object:
        paths.append(item.path)
        return read(self, item)

    monkeypatch.setattr(Scanner, "read", reads)
    return paths


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_cached_scan_tells_the_same(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _json(models)
    work = Work(cache=str(tmp_path / "cache"))
    paths = _count(monkeypatch)
    assert _json(models, work=work) == alone
    files = len(paths)
    assert files >= 40
    paths.clear()
    assert _json(models, work=work) == alone
    assert len(paths) < files / 10  # what failed or is broken is read again
    assert _json(models, work=Work(2, cache=str(tmp_path / "cache"))) == alone


def test_files_may_move(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(cache=str(tmp_path / "cache"))
    scan(models, work=work)
    moved = tmp_path / "far" / "away" / "models"
    shutil.copytree(models, moved)
    alone = _json(moved)
    paths = _count(monkeypatch)
    assert _json(moved, work=work) == alone
    assert len(paths) < 10


def test_another_name_is_another_file(tmp_path: Path) -> None:
    work = Work(cache=str(tmp_path / "cache"))
    text = b"import os\nos.system('id')\n"
    (tmp_path / "a").mkdir()
    for name in ("notes.txt", "handler.py", "notes.txt.pkl"):
        (tmp_path / "a" / name).write_bytes(text)
        assert _json(tmp_path / "a", work=work) == _json(tmp_path / "a")


def test_options_and_program_are_part_of_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(HOSTILE)
    work = Work(cache=str(tmp_path / "cache"))
    paths = _count(monkeypatch)
    rules = tmp_path / "own.yar"
    rules.write_text("rule one { condition: false }")
    for options in (Options(), Options(vouched=("x.*",)), Options(yara=(str(rules),))):
        scan(path, options=options, work=work)
        scan(path, options=options, work=work)
    assert len(paths) == 3
    rules.write_text("rule two { condition: filesize > 0 }")
    report = scan(path, options=Options(yara=(str(rules),)), work=work)
    assert "two" in str(report.findings)
    assert len(paths) == 4
    monkeypatch.setattr(cache, "_program", lambda: b"another")
    scan(path, work=work)
    assert len(paths) == 5


def _cut(data: bytes) -> bytes:
    return data[:-1]


def _flip(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


@pytest.mark.parametrize("damage", [_cut, _flip, lambda _: b"", lambda _: os.urandom(5000)])
def test_a_damaged_entry_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: object
) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(HOSTILE)
    work = Work(cache=str(tmp_path / "cache"))
    alone = _json(path)
    scan(path, work=work)
    (entry,) = _entries(tmp_path / "cache")
    entry.write_bytes(damage(entry.read_bytes()))  # type: ignore[operator]
    paths = _count(monkeypatch)
    assert _json(path, work=work) == alone
    assert len(paths) == 1
    assert _json(path, work=work) == alone
    assert len(paths) == 1
    assert _entries(tmp_path / "cache") == [entry]


def test_the_entry_of_another_file_is_not_taken(tmp_path: Path) -> None:
    work = Work(cache=str(tmp_path / "cache"))
    bad, good = tmp_path / "bad" / "m" / "m.pkl", tmp_path / "good" / "m" / "m.pkl"
    for path, data in ((bad, HOSTILE), (good, b"N.")):
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        scan(path, work=work)
    first, second = _entries(tmp_path / "cache")
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    assert scan(bad, work=work).verdict == "malicious"
    assert scan(good, work=work).verdict == "clean"


def test_what_was_not_read_whole_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "torn.pkl").write_bytes(pickle.dumps({"a": [1.5, "text"]})[:-3])
    work = Work(cache=str(tmp_path / "cache"))
    assert not scan(tmp_path / "torn.pkl", work=work).complete
    assert not _entries(tmp_path / "cache")


def test_large_files_are_remembered_where_all_is_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "LARGEST", 10)
    (tmp_path / "a.pkl").write_bytes(HOSTILE)
    work = Work(cache=str(tmp_path / "cache"))
    scan(tmp_path / "a.pkl", work=work)
    assert not _entries(tmp_path / "cache")
    scan(tmp_path / "a.pkl", work=work, options=Options(hash=True))
    assert len(_entries(tmp_path / "cache")) == 1


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(cache.CacheError, match="cannot make"):
        scan(tmp_path, work=Work(cache=str(tmp_path / "file" / "cache")))


def test_the_text_report_is_the_same_too(models: Path, tmp_path: Path) -> None:
    work = Work(cache=str(tmp_path / "cache"))
    text = BY_ID["text"].load()
    scan(models, work=work)
    assert text.render(scan(models, work=work), View()) == text.render(scan(models), View())
