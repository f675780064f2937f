"""Reading wheels, merging versions, writing the shipped files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tools.catalogue.emit import (
    Head,
    Merged,
    difference,
    effects,
    merge,
    settle,
    split,
    value,
    write,
    write_index,
)
from tools.catalogue.fetch import Release, cached, read_plan
from tools.catalogue.forms import Verdict
from tools.catalogue.reviewed import Decision, NameTable, Reviewed, read_reviewed
from tools.catalogue.solve import Effect
from tools.catalogue.sources import is_test_module, read_archive
from tools.catalogue.table import page


def wheel(folder: Path, members: dict[str, str]) -> Path:
    path = folder / "pkg-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_a_wheel_is_read_without_unpacking_it(tmp_path: Path) -> None:
    members = {
        "pkg/__init__.py": "x = 1",
        "pkg/a.py": "class A: ...",
        "pkg/_c.cpython-311-x86_64-linux-gnu.so": "\x7fELF",
        "pkg-1.data/purelib/pkg/b.py": "class B: ...",
        "../outside.py": "class Evil: ...",
        "/absolute.py": "class Evil: ...",
        "pkg/not-a-module/c.py": "",
        "pkg/data.json": "{}",
    }
    tree = read_archive("pkg", "1", wheel(tmp_path, members))
    assert set(tree.files) == {"pkg", "pkg.a", "pkg.b"}
    assert tree.compiled == {"pkg._c"}
    assert tree.files["pkg"].is_package
    assert tree.files["pkg.a"].text == "class A: ..."
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pkg-1-py3-none-any.whl"]


def test_source_is_decoded_by_its_cookie_and_never_fails(tmp_path: Path) -> None:
    path = tmp_path / "pkg-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pkg/a.py", b"# -*- coding: latin-1 -*-\nx = '\xe9'")
        archive.writestr("pkg/b.py", b"x = '\xff'")
    tree = read_archive("pkg", "1", path)
    assert "é" in tree.files["pkg.a"].text
    assert "\ufffd" in tree.files["pkg.b"].text


@pytest.mark.parametrize("module", ["pkg.tests.a", "pkg.test_a", "pkg.testing", "pkg.convert_old"])
def test_modules_that_are_not_covered(module: str) -> None:
    assert is_test_module(module)


def test_plans_name_versions_and_interpreters(tmp_path: Path) -> None:
    path = tmp_path / "packages.toml"
    path.write_text(
        '[packages]\npkg = ["1", "2@3.8"]\n[known]\nother = ["3"]\n[sources]\nx = ["4"]\n'
    )
    plan = read_plan(path)
    assert plan.packages["pkg"] == [Release("pkg", "1", "3.11"), Release("pkg", "2", "3.8")]
    assert list(plan.every()) == ["pkg", "other", "x"]
    assert list(plan.built()) == ["pkg", "other"]
    assert cached(tmp_path, plan.packages["pkg"][0]) is None


def merged(versions: dict[str, Verdict], knowledge: Reviewed | None = None) -> Merged:
    catalogues = {version: {"pkg.m": {"A": verdict}} for version, verdict in versions.items()}
    head = Head("pkg", "names", dict.fromkeys(versions, "0"), ["pkg"])
    return merge(head, catalogues, knowledge or Reviewed())


def test_a_form_holds_if_it_holds_in_every_version() -> None:
    found = merged({"1": Verdict("nsv", is_class=True), "2": Verdict("nv", is_class=True)})
    assert found.names == {"pkg.m": {"A": "nv"}}


def test_an_effect_holds_if_it_is_found_in_any_version() -> None:
    effect = Effect("file", ("A", "b", "c", "d", "builtins.open"))
    found = merged({"1": Verdict("ns", effect, is_class=True), "2": Verdict("ns", is_class=True)})
    assert found.names == {"pkg.m": {"A": "ns!file A -> b -> ... -> builtins.open"}}


def test_classes_without_forms_are_kept_and_functions_are_not() -> None:
    assert value(Verdict("", is_class=True)) == ""
    assert value(Verdict("")) is None


def test_of_known_packages_effects_alone_are_written() -> None:
    effect = Effect("command", ("f", "os.system"))
    verdicts = {"f": Verdict("v", effect), "g": Verdict("v"), "A": Verdict("ns", is_class=True)}
    knowledge = Reviewed()
    knowledge.allow.add("pkg._c.Tree", Decision("nscv", "compiled"))
    found = merge(
        Head("pkg", "effects", {"1": "0"}, ["pkg"]), {"1": {"pkg.m": verdicts}}, knowledge
    )
    assert found.names == {"pkg.m": {"f": "!command f -> os.system"}}
    assert effects(Verdict("nscv", is_class=True)) is None


def test_a_file_tells_what_was_read(tmp_path: Path) -> None:
    members = {"pkg/a.py": "class A: ...", "space/one/__init__.py": "", "space/one/b.py": ""}
    tree = read_archive("pkg", "1", wheel(tmp_path, members))
    (other := tmp_path / "other").mkdir()
    changed = read_archive("pkg", "1", wheel(other, {**members, "pkg/a.py": "class B: ..."}))
    assert tree.packages() == ["pkg.a", "space.one"]
    head = Head("pkg", "names", {"1": tree.digest()}, tree.packages())
    first, second = tmp_path / "first", tmp_path / "second"
    old = write(
        first, merge(head, {"1": {"pkg.a": {"A": Verdict("n", is_class=True)}}}, Reviewed())
    )
    assert json.loads(old.read_text())["read"] == [f"sha256:{tree.digest()}"]
    assert changed.digest() != tree.digest()
    new = write(second, merge(head, {"1": {"pkg.a": {"B": Verdict("v")}}}, Reviewed()))
    assert difference(old, old) == ""
    assert difference(old, new) == "1 names more, 1 fewer, 0 changed"
    assert difference(tmp_path / "none.json", new) == "new"


def test_reviewed_names_without_source_are_added() -> None:
    knowledge = Reviewed()
    knowledge.allow.add("pkg._c.Tree", Decision("nscv", "compiled"))
    knowledge.allow.add("pkg._c.Tree.make", Decision("c", "compiled"))
    knowledge.allow.add("other.Tree", Decision("nscv", "of another package"))
    assert merged({"1": Verdict("v")}, knowledge).names == {
        "pkg._c": {"Tree": "nscv", "Tree.make": "c"},
        "pkg.m": {"A": "v"},
    }


def test_split_finds_the_module() -> None:
    assert split("a.b.C", {}) == ("a.b", "C")
    assert split("a.b.C.d", {}) == ("a.b", "C.d")
    assert split("a.B.c", {"a.B": {}}) == ("a.B", "c")
    assert split("a.b.c_gen.d", {"a.b": {"c_gen"}}) == ("a.b", "c_gen.d")


def test_files_and_index_and_page(tmp_path: Path) -> None:
    write(tmp_path, merged({"1": Verdict("nsv", is_class=True)}))
    (tmp_path / "effects.json").write_text("{}")
    write_index(tmp_path)
    index = json.loads((tmp_path / "index.json").read_text())
    assert index == {"schema": 1, "modules": {"pkg": "pkg"}}
    assert "| pkg | 1 | 1 | 1 | 1 | 0 | 1 | 0 | 0 |" in page(tmp_path)


def test_the_most_exact_pattern_wins() -> None:
    table: NameTable[str] = NameTable()
    table.add("a.**", "below")
    table.add("a.b.*", "member")
    table.add("a.b.c", "exact")
    assert [table.get(n) for n in ("a.b.c", "a.b.d", "a.x.y", "z")] == [
        "exact",
        "member",
        "below",
        None,
    ]
    with pytest.raises(ValueError, match="twice"):
        table.add("a.b.c", "again")


def test_the_reviewed_files_are_well_formed() -> None:
    reviewed = read_reviewed()
    assert reviewed.sinks.get("os.system") == "command"
    assert not set(reviewed.allow.exact) & set(reviewed.sinks.exact)


def test_what_a_load_runs_unasked_is_written_with_its_form() -> None:
    effect = Effect("code", ("A.__setstate__", "builtins.exec"))
    verdict = Verdict("nv", None, is_class=True, unasked=effect)
    assert value(verdict) == "nv~s code A.__setstate__ -> builtins.exec"


def test_newer_decisions_are_put_into_a_written_file(tmp_path: Path) -> None:
    path = write(tmp_path, merged({"1": Verdict("nsv", is_class=True)}))
    knowledge = Reviewed()
    knowledge.allow.add("pkg.m.B", Decision("c", "read"))
    knowledge.deny.add("pkg.m.A", "read")
    assert settle(path, knowledge) == 2
    assert json.loads(path.read_text())["names"] == {"pkg.m": {"A": "", "B": "c"}}
    assert settle(path, knowledge) == 0
