"""Constant folding: what simple operations on constants give, within a budget of bytes.

Only operations whose result can be told from their operands and whose size is bounded beforehand;
anything else is unknown. Nothing is looked up by name in the running interpreter.
"""

import base64
import binascii
import codecs
import zlib
from collections.abc import Callable, Sequence

from modelassay.formats.pycode.terms import UNKNOWN, Items, Known, Value, items, known
from modelassay.formats.pycode.values import Group

_MAX_RESULT = 1 << 20
_BUDGET = 1 << 23
_MAX_INT_BITS = 256
_Text = str | bytes


def _integers(sign: str, one: int, other: int) -> object:
    if max(one.bit_length(), other.bit_length()) > _MAX_INT_BITS:
        return UNKNOWN
    simple: dict[str, Callable[[], int]] = {
        "+": lambda: one + other,
        "-": lambda: one - other,
        "*": lambda: one * other,
        "^": lambda: one ^ other,
        "&": lambda: one & other,
        "|": lambda: one | other,
    }
    return simple[sign]() if sign in simple else UNKNOWN


def _repeat(text: _Text, times: int) -> object:
    return text * times if len(text) * max(times, 0) <= _MAX_RESULT else UNKNOWN


def _format(text: str, values: tuple[object, ...]) -> object:
    """`%` where every mark is a bare %s and every value a string."""
    parts = text.split("%s")
    strings = [value for value in values if isinstance(value, str)]
    if len(strings) != len(values) or len(parts) != len(strings) + 1 or "%" in "".join(parts):
        return UNKNOWN
    return "".join(part + text for part, text in zip(parts, [*strings, ""], strict=True))


def _binary(sign: str, one: object, other: object) -> object:
    if isinstance(one, int) and isinstance(other, int):
        return _integers(sign, one, other)
    if isinstance(one, _Text) and isinstance(other, int):
        return _repeat(one, other) if sign == "*" else UNKNOWN
    if isinstance(one, int) and isinstance(other, _Text):
        return _repeat(other, one) if sign == "*" else UNKNOWN
    if sign == "+" and isinstance(one, str) and isinstance(other, str):
        return one + other
    if sign == "+" and isinstance(one, bytes) and isinstance(other, bytes):
        return one + other
    if sign == "%" and isinstance(one, str) and isinstance(other, str | tuple):
        return _format(one, other if isinstance(other, tuple) else (other,))
    return UNKNOWN


def _join(separator: _Text, parts: Sequence[object]) -> object:
    size = len(separator) * len(parts)
    for part in parts:
        if not isinstance(part, _Text) or isinstance(part, str) != isinstance(separator, str):
            return UNKNOWN
        size += len(part)
    if size > _MAX_RESULT:
        return UNKNOWN
    if isinstance(separator, str):
        return separator.join(part for part in parts if isinstance(part, str))
    return separator.join(part for part in parts if isinstance(part, bytes))


def _decode(data: object, encoding: object = "utf-8") -> object:
    """bytes.decode and codecs.decode, the codecs from bytes to bytes and text to text included."""
    if not isinstance(encoding, str):
        return UNKNOWN
    name = encoding.lower().replace("-", "_").removesuffix("_codec")
    if name in ("rot13", "rot_13"):
        return codecs.encode(data, "rot13") if isinstance(data, str) else UNKNOWN
    if isinstance(data, str):
        data = data.encode("latin-1")
    if not isinstance(data, bytes):
        return UNKNOWN
    if name in ("hex", "base64"):
        return bytes.fromhex(data.decode("ascii")) if name == "hex" else base64.b64decode(data)
    if name in ("zip", "zlib"):
        return _inflate(data)
    if name in ("utf_8", "utf8", "ascii", "latin_1", "latin1", "iso_8859_1", "utf_16"):
        return data.decode(name)
    return UNKNOWN


def _inflate(data: object) -> object:
    if not isinstance(data, bytes):
        return UNKNOWN
    inflater = zlib.decompressobj()
    inflated = inflater.decompress(data, _MAX_RESULT)
    return UNKNOWN if inflater.unconsumed_tail else inflated


def _octets(value: object = b"") -> object:
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple | list):
        numbers = [item for item in value if isinstance(item, int)]
        return bytes(numbers) if len(numbers) == len(value) else UNKNOWN
    return UNKNOWN


def _text(value: object = "", encoding: object = None) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and value.bit_length() <= _MAX_INT_BITS:
        return str(value)
    return _decode(value, encoding) if isinstance(value, bytes) and encoding else UNKNOWN


def _encode(value: object, encoding: object = "utf-8") -> object:
    if encoding in ("utf-8", "ascii", "latin-1", "utf8", "latin1") and isinstance(value, str):
        return value.encode(str(encoding))
    return _decode(value, encoding) if encoding in ("rot13", "rot_13") else UNKNOWN


def _base64(data: object, *_: object) -> object:
    return base64.b64decode(data) if isinstance(data, _Text) else UNKNOWN


def _replace(text: object, old: object, new: object) -> object:
    if not (isinstance(text, str) and isinstance(old, str) and isinstance(new, str)):
        return UNKNOWN
    size = len(text) + text.count(old) * len(new)
    return text.replace(old, new) if size <= _MAX_RESULT else UNKNOWN


def _reversed(value: object) -> object:
    return tuple(value[::-1]) if isinstance(value, str | tuple) else UNKNOWN


def _character(number: object) -> object:
    return chr(number) if isinstance(number, int) else UNKNOWN


def _number(character: object) -> object:
    return ord(character) if isinstance(character, _Text) else UNKNOWN


def _fromhex(text: object) -> object:
    return bytes.fromhex(text) if isinstance(text, str) else UNKNOWN


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "chr": _character,
    "unichr": _character,
    "ord": _number,
    "str": _text,
    "bytes": _octets,
    "bytearray": _octets,
    "bytes.fromhex": _fromhex,
    "bytearray.fromhex": _fromhex,
    "binascii.unhexlify": lambda data: binascii.unhexlify(data),
    "binascii.a2b_base64": _base64,
    "base64.b64decode": _base64,
    "base64.standard_b64decode": _base64,
    "base64.decodebytes": _base64,
    "base64.urlsafe_b64decode": lambda data: base64.urlsafe_b64decode(data),
    "base64.b32decode": lambda data: base64.b32decode(data),
    "base64.b16decode": lambda data: base64.b16decode(data),
    "base64.b85decode": lambda data: base64.b85decode(data),
    "codecs.decode": _decode,
    "codecs.encode": _encode,
    "zlib.decompress": lambda data, *_: _inflate(data),
    "reversed": _reversed,
}
_METHODS: dict[str, Callable[..., object]] = {
    "join": _join,
    "decode": _decode,
    "encode": _encode,
    "replace": _replace,
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "strip": lambda text: text.strip(),
    "swapcase": lambda text: text.swapcase(),
}
_FAILURES = (ValueError, TypeError, AttributeError, OverflowError, zlib.error)


def constant(value: Value) -> object:
    """The constant that a value is, sequences of constants included, or `UNKNOWN`."""
    found = known(value)
    if found is not UNKNOWN:
        return found
    parts = items(value)
    if parts is None:
        return UNKNOWN
    inner = tuple(known(part) for part in parts)
    return UNKNOWN if any(part is UNKNOWN for part in inner) else inner


class Folder:
    """Folds constants until its budget of bytes is spent; then everything is unknown."""

    def __init__(self) -> None:
        self._left = _BUDGET

    def _spend(self, operands: Sequence[object], work: Callable[[], object]) -> Value:
        """The result of `work`, its cost being the size of the operands and of the result."""
        if any(operand is UNKNOWN for operand in operands):
            return ()
        cost = 64 + sum(len(one) for one in operands if isinstance(one, str | bytes | tuple))
        if cost > self._left or cost > 2 * _MAX_RESULT:
            return ()
        try:
            result = work()
        except _FAILURES:
            result = UNKNOWN
        size = len(result) if isinstance(result, str | bytes | tuple) else 0
        self._left -= cost + size
        return () if result is UNKNOWN else (Known(result),)

    def binary(self, sign: str, one: Value, other: Value) -> Value:
        """`one sign other` for constants."""
        left, right = constant(one), constant(other)
        return self._spend((left, right), lambda: _binary(sign, left, right))

    def function(self, name: str, arguments: Sequence[Value]) -> Value:
        """A call of a pure function of the standard library by its full name."""
        work = _FUNCTIONS.get(name)
        if work is None:
            return ()
        constants = [constant(argument) for argument in arguments]
        return self._spend(constants, lambda: work(*constants))

    def method(self, owner: Known | Items, name: str, arguments: Sequence[Value]) -> Value:
        """A call of a method of a constant."""
        work = _METHODS.get(name)
        if work is None:
            return ()
        constants = [constant((owner,)), *(constant(argument) for argument in arguments)]
        return self._spend(constants, lambda: work(*constants))

    def item(self, container: Value, key: Value) -> Value:
        """`container[key]`; a slice is a tuple of start, stop, step in an `Items("slice")`."""
        index = known(key)
        whole = constant(container)
        if isinstance(index, int):
            for term in container:
                if isinstance(term, Items) and _inside(index, term.items):
                    return term.items[index]
        if not isinstance(whole, str | bytes | tuple):
            return ()
        if isinstance(index, int):
            return self._spend((whole,), lambda: whole[index] if _inside(index, whole) else UNKNOWN)
        ends = _slice(key)
        return () if ends is None else self._spend((whole, *ends), lambda: _cut(whole, ends))


def _cut(whole: str | bytes | tuple[object, ...], ends: Sequence[object]) -> object:
    bounds = [end for end in ends if end is None or isinstance(end, int)]
    return whole[slice(*bounds)] if len(bounds) == len(ends) else UNKNOWN


def _slice(key: Value) -> list[object] | None:
    """Start, stop and step of a slice that was built, or is a constant (3.14)."""
    for term in key:
        if isinstance(term, Items) and term.kind == "slice":
            return [constant(bound) for bound in term.items]
        if isinstance(term, Known) and isinstance(term.value, Group) and term.value.kind == "slice":
            return list(term.value.items)
    return None


def _inside(index: int, whole: str | bytes | tuple[object, ...]) -> bool:
    return -len(whole) <= index < len(whole)
