"""The committed data is what one build makes of the plan and of what people decided."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copy
from typing import Any

from tools.catalogue.__main__ import DATA, HAND_WRITTEN, HERE, INTERPRETERS
from tools.catalogue.emit import GENERATOR, settle, write_index
from tools.catalogue.fetch import STDLIB, read_plan
from tools.catalogue.reviewed import read_reviewed

FILES = [path for path in sorted(DATA.glob("*.json")) if path.name not in HAND_WRITTEN]
PLAN = read_plan(HERE / "packages.toml")


def head(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def test_every_package_of_the_plan_is_built() -> None:
    missing = set(PLAN.built()) - {path.stem for path in FILES}
    assert not {name for name in missing if name in PLAN.packages}
    assert {path.stem for path in FILES} <= {STDLIB, *PLAN.built()}


def test_all_files_are_of_one_revision_and_of_the_versions_of_the_plan() -> None:
    for path in FILES:
        document = head(path)
        assert document["generator"] == GENERATOR, path.stem
        assert document["scope"] == ("effects" if path.stem in PLAN.known else "names"), path.stem
        assert len(document["read"]) == len(set(document["read"])) == len(document["versions"])
        if path.stem == STDLIB:
            wanted = [name.removeprefix("python") for name in INTERPRETERS]
        else:
            wanted = [release.version for release in PLAN.built()[path.stem]]
        assert document["versions"] == wanted, path.stem


def test_all_decisions_of_people_are_in_the_files(tmp_path: Path) -> None:
    reviewed = read_reviewed()
    for path in FILES:
        assert not settle(Path(copy(path, tmp_path)), reviewed), path.stem
    assert write_index(tmp_path).read_bytes() == (DATA / "index.json").read_bytes()
