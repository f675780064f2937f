"""Compiled modules: what Python keeps of a source, and code that comes without one."""

from __future__ import annotations

import importlib.util
import marshal

import pytest

from modelassay.core.report import Report
from tests.helpers.scanning import scan_bytes

TAG = "cpython-311"
CACHED = f"repository/__pycache__/modeling.{TAG}.pyc"

HONEST = """
import functools, subprocess, socket, zipfile
from os import path

def run(command):
    return subprocess.run(command)

@functools.wraps(run)
def ask(self):
    return run(["nvidia-smi"])

class Net:
    width = max([8, 16])
    def export(self, name):
        with zipfile.ZipFile(name, "w") as archive:
            archive.writestr("a", subprocess.run(["nvidia-smi"]).stdout)

def serve():
    socket.socket().connect(("localhost", 80))
"""
HOSTILE = {
    "as it stands": "import os\nos.system('echo')",
    "in a function": "import os\ndef f():\n    os.system('echo')\nf()",
    "in a function in a function": "import os\ndef f():\n  def g():\n    os.system('')\n  g()\nf()",
    "in a class": "import os\nclass A:\n    os.system('echo')",
    "in the making of an object": (
        "import os\nclass A:\n    def __init__(self):\n        os.system('echo')\nA()"
    ),
    "in a method": (
        "import os\nclass A:\n    def __init__(self):\n        self.f()\n"
        "    def f(self):\n        os.system('echo')\nA()"
    ),
    "in a thread": (
        "import os, threading\ndef f():\n    os.system('echo')\nthreading.Thread(target=f).start()"
    ),
    "in a comprehension": "import os\n[os.system(one) for one in ['echo']]",
    "behind another name": "from os import system as print\nprint('echo')",
}


def _compiled(text: str, name: str = "<module>") -> bytes:
    code = compile(text, "m.py", "exec").replace(co_name=name)
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


def _rules(report: Report) -> set[tuple[str, str]]:
    assert report.complete
    return {(one.rule, one.severity.name.lower()) for one in report.findings}


@pytest.mark.parametrize("name", ["<module>", "module", "f", ""])
@pytest.mark.parametrize("case", HOSTILE)
def test_what_a_cached_module_does_on_import_is_found(case: str, name: str) -> None:
    report = scan_bytes(_compiled(HOSTILE[case], name), CACHED)
    assert ("import-effect", "high") in _rules(report)


def test_what_a_cached_module_only_defines_is_no_alarm() -> None:
    report = scan_bytes(_compiled(HONEST), CACHED)
    assert {severity for _, severity in _rules(report)} <= {"info", "low"}


@pytest.mark.parametrize("name", ["modeling.pyc", "__pycache__/modeling.pyc", f"m.{TAG}.pyc"])
def test_code_without_its_source_is_told_for_what_it_refers_to(name: str) -> None:
    assert ("code-by-value", "critical") in _rules(scan_bytes(_compiled(HONEST), name))
