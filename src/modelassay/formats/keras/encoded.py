"""Text in a configuration that stands for bytes: marshalled code, pickles.

Source: `func_dump` and `func_load` of `keras/src/utils/python_utils.py` (and `generic_utils.py` of
Keras 2), `TorchModuleWrapper.get_config` of `keras/src/utils/torch_utils.py`.
"""

from __future__ import annotations

import binascii
import builtins
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, Location
from modelassay.formats import pycode
from modelassay.formats.pycode.facts import code_fact

_CODE_MARKS: Final = b"c\xe3"
_SHORTEST: Final = 24
#: What base64 of code, of a pickle of protocol 0 to 5 and of a zip begins with.
_PREFIXES: Final = ("4", "Y", "gA", "UEsD")
_LONGEST_CODE: Final = 16 << 20


def decode(text: str) -> bytes | None:
    """Return base64 text as bytes, as leniently as the standard library does."""
    try:
        return binascii.a2b_base64(text.encode("ascii"))
    except ValueError:
        return None


def payload(text: str) -> bytes | None:
    """Return the bytes of text that begins as base64 of code, a pickle or a zip does."""
    text = text.lstrip()
    if len(text) < _SHORTEST or not text.startswith(_PREFIXES):
        return None
    data = decode(text)
    if not data:
        return None
    pickled = data[0] == 0x80 and data[1:2] <= b"\x05"
    return data if data[:1] in _CODE_MARKS or pickled or data[:4] == b"PK\3\4" else None


def is_code(data: bytes) -> bool:
    """Whether bytes begin as marshalled code does."""
    return data[:1] in _CODE_MARKS


def code_facts(text: str, at: Location, expected: bool, home: str = "") -> Iterator[Code]:
    """Yield the code that text stands for; where it is `expected`, also that it cannot be read.

    `func_load` takes text that is no base64 for the marshalled bytes themselves. Keras 2 lets the
    code see the names of a module that the configuration names, its `home`.
    """
    raw = text.encode("raw_unicode_escape", "replace")
    for data in (decode(text), raw):
        if data is None or not is_code(data) or len(data) > _LONGEST_CODE:
            continue
        read = pycode.read(data)
        inner = {id(code) for found in read.codes for code in found.nested}
        told = False
        for code in read.codes:
            if id(code) not in inner:
                told = True
                whole = read.error is None and not code.faults
                yield code_fact(code, at, whole, _globals(code, home))
        if told:
            return
    if expected:
        yield Code(name="<lambda>", language="python", complete=False, at=at)


def _globals(code: pycode.CodeObject, home: str) -> dict[str, str]:
    """Return what the global names of code stand for if it sees those of the module `home`."""
    if home in ("", "__main__", "builtins"):
        return {}
    names = {name for inner in code.walk() for name in inner.names}
    return {name: f"{home}.{name}" for name in names if name not in vars(builtins)}
