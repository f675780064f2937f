"""The pickle machine runs in two forms, compiled and pure: the tests know which one they test."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import modelassay
from tests.formats.pickle import forms_child

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src"
TYPED = sorted(SOURCE.rglob("*.pxd"))
NAMES = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in TYPED]


def _is_compiled(name: str) -> bool:
    return Path(importlib.import_module(name).__file__ or "").suffix in (".so", ".pyd")


def test_the_machine_and_what_it_calls_are_typed() -> None:
    assert {"modelassay.formats.pickle.machine", "modelassay.formats.pickle.store"} <= {*NAMES}
    assert all(path.with_suffix(".py").is_file() for path in TYPED)


def test_all_of_the_machine_is_of_one_form_and_that_which_was_asked_for() -> None:
    forms = {_is_compiled(name) for name in NAMES}
    wanted = os.environ.get("MODELASSAY_FORM")
    assert len(forms) == 1
    assert wanted is None or forms == {wanted == "compiled"}


def test_no_binary_stands_among_the_sources() -> None:
    assert not [path for path in SOURCE.rglob("*") if path.suffix in (".so", ".pyd", ".c")]


def _hook(monkeypatch: pytest.MonkeyPatch, warnings: list[str]) -> Any:
    monkeypatch.syspath_prepend(ROOT)
    build = importlib.import_module("hatch_build")

    class Application:
        def display_warning(self, message: str) -> None:
            warnings.append(message)

    hook = build.CompileHook(str(ROOT), {}, None, None, str(ROOT), "wheel", Application())
    return build, hook


def test_without_a_compiler_the_wheel_is_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    build, hook = _hook(monkeypatch, warnings)

    def fails(source: Path, scratch: Path) -> None:
        raise OSError("there is no compiler")

    monkeypatch.delenv("MODELASSAY_PURE", raising=False)
    monkeypatch.setattr(build, "compile_modules", fails)
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize("standard", data)
    hook.finalize("standard", data, "")
    assert data == {"force_include": {}}
    assert len(warnings) == 1
    assert "there is no compiler" in warnings[0]


def test_a_compiled_wheel_is_for_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    build, hook = _hook(monkeypatch, [])
    module = "modelassay/formats/pickle/machine.so"
    monkeypatch.delenv("MODELASSAY_PURE", raising=False)
    monkeypatch.setattr(build, "compile_modules", lambda *_: {module: Path("/scratch", module)})
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize("standard", data)
    hook.finalize("standard", data, "")
    assert list(data["force_include"].values()) == [module]
    assert data["pure_python"] is False
    assert data["infer_tag"] is True


@pytest.mark.parametrize(("version", "pure"), [("editable", ""), ("standard", "1")])
def test_nothing_is_compiled_when_nobody_wants_it(
    monkeypatch: pytest.MonkeyPatch, version: str, pure: str
) -> None:
    build, hook = _hook(monkeypatch, [])
    monkeypatch.setenv("MODELASSAY_PURE", pure)
    monkeypatch.setattr(build, "compile_modules", lambda *_: pytest.fail("it compiles"))
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize(version, data)
    assert data == {"force_include": {}}


def test_both_forms_tell_the_same() -> None:
    package = Path(modelassay.__file__).parents[1]
    child = Path(forms_child.__file__)
    done = subprocess.run(
        [sys.executable, child, package, "400"], capture_output=True, text=True, check=True
    )
    found = done.stdout.split()
    assert len(found) == 400
    assert len(set(found)) > 300
    assert found == forms_child.digests(400)
