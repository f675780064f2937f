"""Make samples/X.Y.json: code objects as a real CPython X.Y writes them. All are inert.

    pythonX.Y tests/formats/pycode/make_samples.py tests/formats/pycode/samples/X.Y.json

Valid in Python 2.7 as well. Nothing is run of what is compiled here.
"""

# ruff: noqa: E501, UP010, UP036
from __future__ import print_function

import binascii
import json
import marshal
import sys
import types

SOURCES = {
    "plain": 'import os\nos.system("id")\n',
    "alias": 'def f():\n    import os as o\n    o.system("id")\n',
    "from_import": 'from subprocess import run as r\nr(["id"], shell=True)\n',
    "dunder_import": 'f = lambda: __import__("os").system("id")\n',
    "subclasses": '().__class__.__base__.__subclasses__()[1].load("os")\n',
    "getattr_default": 'import os\ndef f(a="tem"):\n    return getattr(os, "sys" + a)("id")\n',
    "joined": 'import os\ngetattr(os, "".join(["sys", chr(116), "em"]))("id")\n',
    "reversed": 'def f():\n    s = "metsys"\n    return getattr(__import__("so"[::-1]), s[::-1])("id")\n',
    "percent": 'import os\ngetattr(os, "%s%s" % ("sys", "tem"))("id")\n',
    "branch": "def f(x):\n    import os\n    if x: g = os.system\n    else: g = safe\n    return g(1)\n",
    "conditional": 'import os\nos.system("a" if x else "b")\n',
    "modules": 'import sys\nsys.modules["os"].system("id")\n',
    "globals": 'globals()["__builtins__"]["eval"]("1")\n',
    "vars": 'import os\nvars(os)["system"]("id")\n',
    "closure": 'def f():\n    import os as o\n    def g():\n        return o.system("id")\n    return g\n',
    "with": 'def f():\n    with open("/x", "w") as h:\n        h.write("a")\n',
    "spread": 'def f():\n    import os\n    for i in range(3):\n        os.system("id", *[1, 2], **{"k": 1})\n',
    "decoded": 'import base64\nexec(base64.b64decode("cHJpbnQoMSk="))\n',
    "reduce": 'class A(object):\n    def __reduce__(self):\n        return eval, ("1",)\n',
    "star": 'from os import *\nsystem("id")\n',
    "passed": 'import os\nlist(map(os.system, ["id"]))\n',
    "import_module": 'import importlib\nimportlib.import_module("os.path").join("a", "b")\n',
    "keywords": "import subprocess as s\ns.Popen(args=1, shell=True, stdout=s.PIPE)\n",
    "attrgetter": 'import operator, os\noperator.attrgetter("system")(os)("id")\n',
    "attempt": "def f():\n    try:\n        g()\n    except ValueError:\n        import os\n        os.abort()\n",
}
CONSTANTS = '(None, True, 1 << 70, -5, 2.5, 1j, "\\u20ac", b"b", ("a", (1,)), x in {1, 2})'
ARGUMENTS = "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names "
ARGUMENTS += "varnames filename name qualname firstlineno linetable lnotab exceptiontable "
ARGUMENTS += "freevars cellvars"


def arguments(code):
    """The arguments of types.CodeType for a code object, in the order of this version."""
    left_out = ["lnotab" if sys.version_info >= (3, 10) else "linetable"]
    if sys.version_info < (3, 11):  # PyPy alone has a qualname before
        left_out.append("qualname")
    names = [name for name in ARGUMENTS.split() if name not in left_out]
    return [getattr(code, "co_" + name) for name in names if hasattr(code, "co_" + name)]


def encoded(value):
    """A value as JSON: bytes as {"hex": ...}, tuples as lists."""
    if isinstance(value, tuple):
        return [encoded(one) for one in value]
    if isinstance(value, bytes) and not (isinstance(value, str) and value.isalnum()):
        return {"hex": binascii.hexlify(value).decode()}
    return value


def main(path):
    marshalled = {
        name: binascii.hexlify(marshal.dumps(compile(text, name, "exec", 0, True))).decode()
        for name, text in sorted(SOURCES.items())
    }
    constants = compile(CONSTANTS, "constants", "eval", 0, True)
    marshalled["constants"] = binascii.hexlify(marshal.dumps(constants)).decode()
    function = compile(SOURCES["alias"], "alias", "exec", 0, True).co_consts[0]
    values = arguments(function)
    assert types.CodeType(*values) == function
    table = {"marshalled": marshalled, "arguments": encoded(tuple(values))}
    with open(path, "w") as file:
        json.dump(table, file, indent=0, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
