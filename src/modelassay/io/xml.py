"""XML as it is written: the prolog and the tags, in any encoding, with nothing resolved.

Source: XML 1.0 (fifth edition), sections 2.8, 4.2 and appendix F. No entity is ever expanded and
nothing is fetched; what the prolog declares is told. Bad input raises `XmlError`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import Error

#: What a text starts with in encodings that are not like ASCII, with or without a mark.
_STARTS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_ENCODING: Final = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_TEXT_CODECS: Final = re.compile(
    r"(?i)(utf|us|iso|windows|latin|ascii|shift|euc|gb|big|cp|koi)[\w.-]*"
)
_NAME: Final = r"[^\s<>/=!?\"'&;%\[\]]{1,300}"
_TAG: Final = re.compile(rf"<(/?)({_NAME})")
_ATTRIBUTE: Final = re.compile(rf"""\s+({_NAME})\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TAG_END: Final = re.compile(r"\s*(/?)>")
_QUOTED: Final = r"""(?:"[^"]*"|'[^']*')"""
_DOCTYPE: Final = re.compile(
    rf"<!DOCTYPE\s+({_NAME})(?:\s+(?:SYSTEM|PUBLIC\s+{_QUOTED})(?:\s+({_QUOTED}))?)?\s*(\[|>)",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(
    rf"<!ENTITY\s+(%\s+)?({_NAME})\s+(?:(?:SYSTEM|PUBLIC\s+{_QUOTED})\s+({_QUOTED})|({_QUOTED}))"
    r"[^>]*>"
)
_SUBSET: Final = re.compile(r"""\]\s*>|<!--|<\?|<!ENTITY\b|"[^"]*"|'[^']*'""")
_REFERENCE: Final = re.compile(rf"[&%]({_NAME});")
_SPACE: Final = re.compile(r"[\s\ufeff]*")
_ROUNDS: Final = 64
_LARGEST: Final = 1 << 62
_MOST_ATTRIBUTES: Final = 1000
_PLAIN: Final = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


class XmlError(Error, ValueError):
    """The text is no XML; `offset` is where, in characters."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


class Entity(msgspec.Struct, frozen=True):
    """A declared entity: its text, or where it is fetched from."""

    name: str
    text: str = ""
    system: str | None = None


class Prolog(msgspec.Struct):
    """What stands in front of the first tag. `body` is where that starts."""

    doctype: str | None = None
    system: str | None = None
    entities: list[Entity] = []
    body: int = 0

    def expansion(self, body: str = "") -> int:
        """Return how many characters entities become: the largest, or all that `body` refers to."""
        texts = {one.name: one.text for one in self.entities}
        inner = {name: _REFERENCE.findall(text) for name, text in texts.items()}
        sizes = {name: len(text) for name, text in texts.items()}
        for _ in range(_ROUNDS):
            grown = {
                name: min(_LARGEST, len(text) + sum(sizes.get(other, 0) for other in inner[name]))
                for name, text in texts.items()
            }
            if grown == sizes:
                break
            sizes = grown
        used = sum(sizes.get(name, 0) for name in _REFERENCE.findall(body)) if sizes else 0
        return max(used, *sizes.values(), 0)


class Tag(msgspec.Struct, frozen=True):
    """A start tag, or an end tag; an empty element has both. It stands from `at` up to `end`."""

    name: str
    start: bool
    attributes: dict[str, str]
    at: int
    end: int = 0

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]


def encoding_of(data: bytes) -> str:
    """Return the encoding of a document, by its first bytes or what it says of itself."""
    encoding = next((name for start, name in _STARTS if data.startswith(start)), "")
    if not encoding:
        stated = _ENCODING.match(data[:300].lstrip())
        encoding = stated[1].decode() if stated else "utf-8"
    if not _TEXT_CODECS.fullmatch(encoding):
        raise XmlError(f"there is no encoding {encoding!r}")
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise XmlError(f"there is no encoding {encoding!r}") from error


def decode(data: bytes) -> str:
    """Return the text of a document."""
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        raise XmlError(f"the text is not {encoding}", getattr(error, "start", 0)) from error


def skip_misc(text: str, position: int = 0) -> int:
    """Return where what follows comments and instructions begins. Raises `XmlError`."""
    while True:
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]
        if text.startswith("<?", position):
            position = _after(text, "?>", position)
        elif text.startswith("<!--", position):
            position = _after(text, "-->", position + 4)
        else:
            return position


def at_doctype(text: str, position: int) -> bool:
    """Whether a document type stands at `position`."""
    return text[position : position + 9].upper() == "<!DOCTYPE"


def read_prolog(text: str) -> Prolog:
    """Read declarations, comments and the document type in front of the first tag."""
    prolog, position = Prolog(), skip_misc(text)
    while at_doctype(text, position):
        position = skip_misc(text, _doctype(text, position, prolog))
    prolog.body = position
    return prolog


def read_tags(text: str, position: int = 0) -> Iterator[Tag]:
    """Yield every tag; comments, instructions, character data and texts are passed over."""
    while (position := text.find("<", position)) >= 0:
        if text.startswith("<!--", position):
            position = _after(text, "-->", position + 4)
        elif text.startswith("<?", position):
            position = _after(text, "?>", position)
        elif text.startswith("<![CDATA[", position):
            position = _after(text, "]]>", position)
        else:
            at, found = position, _TAG.match(text, position)
            if found is None:
                raise XmlError("a tag is broken", at)
            attributes, position = _attributes(text, found.end())
            end = _TAG_END.match(text, position)
            if end is None:
                raise XmlError("a tag is broken", at)
            position = end.end()
            yield Tag(found[2], not found[1], attributes, at, position)
            if end[1]:
                yield Tag(found[2], False, {}, at, position)


def _attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while found := _ATTRIBUTE.match(text, position):
        if len(attributes) >= _MOST_ATTRIBUTES:
            raise XmlError(f"a tag has more than {_MOST_ATTRIBUTES} attributes", position)
        value = found[2] if found[2] is not None else found[3]
        attributes[found[1]] = _unescaped(value) if "&" in value else value
        position = found.end()
    return attributes, position


def _unescaped(value: str) -> str:
    def letter(found: re.Match[str]) -> str:
        number = int(found[2], 16) if found[2] else int(found[1])
        return chr(number) if 0 < number < 0x110000 else found[0]

    value = re.sub(r"&#(?:([0-9]{1,7})|x([0-9a-fA-F]{1,6}));", letter, value)
    for escaped, plain in _PLAIN.items():
        value = value.replace(escaped, plain)
    return value


def _doctype(text: str, position: int, prolog: Prolog) -> int:
    found = _DOCTYPE.match(text, position)
    if found is None:
        raise XmlError("the document type is broken", position)
    prolog.doctype = found[1]
    prolog.system = found[2][1:-1] if found[2] else None
    return found.end() if found[3] == ">" else _subset(text, found.end(), prolog)


def _subset(text: str, position: int, prolog: Prolog) -> int:
    """Read the declarations between the brackets of a document type; return where they end."""
    while found := _SUBSET.search(text, position):
        position = found.end()
        if found[0].startswith("]"):
            return position
        if found[0] == "<!--":
            position = _after(text, "-->", position)
        elif found[0] == "<?":
            position = _after(text, "?>", position)
        elif found[0] == "<!ENTITY":
            entity = _ENTITY.match(text, found.start())
            if entity is None:
                raise XmlError("an entity is broken", found.start())
            system = _unescaped(entity[3][1:-1]) if entity[3] else None
            inner = entity[4][1:-1] if entity[4] else ""
            prolog.entities.append(Entity(entity[2], inner, system))
            position = entity.end()
    raise XmlError("the document type does not end", position)


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    if found < 0:
        raise XmlError(f"there is no {mark} behind this", position)
    return found + len(mark)
