"""XML of any kind, and what XML formats of models build on: what the prolog declares.

Source: XML 1.0 (fifth edition), section 4; XInclude 1.0. A document is recognised by its
declaration or document type, in any encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.xml import (
    Prolog,
    Tag,
    XmlError,
    at_doctype,
    decode,
    encoding_of,
    read_prolog,
    read_tags,
    skip_misc,
)

LARGEST: Final = 1 << 27
_PROBED: Final = 1 << 16
_LONGEST: Final = 1000
_CONTROL: Final = re.compile("[\\x00-\\x08\\x0e-\\x1a\\x1c-\\x1f]")
_MOST_ENTITIES: Final = 1000
_STYLESHEET: Final = re.compile(
    r"""<\?xml-stylesheet\s[^<>]{0,2000}?\bhref\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)')"""
)
_EXPANDED: Final = 10_000_000


class Document:
    """A document that is read tag by tag; `fault` says why it ended early, if it did."""

    def __init__(self, text: str, prolog: Prolog) -> None:
        self._text = text
        self.prolog = prolog
        self.fault: XmlError | None = None

    def tags(self) -> Iterator[Tag]:
        """Yield the tags up to the end, or to what is no XML."""
        open_elements = 0
        try:
            for tag in read_tags(self._text, self.prolog.body):
                open_elements += 1 if tag.start else -1
                yield tag
        except XmlError as error:
            self.fault = error
        else:
            if open_elements:
                self.fault = XmlError("not every element is closed", len(self._text))

    def expansion(self) -> int:
        """Return how many characters the entities become."""
        return self.prolog.expansion(self._text[self.prolog.body :] if self.prolog.entities else "")

    def styles(self) -> Iterator[str]:
        """Yield the style sheets that the document is to be transformed with."""
        for style in _STYLESHEET.finditer(self._text, 0, self.prolog.body):
            yield style[1] or style[2] or ""

    def text(self, tag: Tag, most: int) -> str:
        """Return the text right inside an element, up to the first tag in it."""
        cut = self._text[tag.end : tag.end + most].lstrip()
        if cut.startswith("<![CDATA["):
            return cut[9:].partition("]]>")[0]
        return cut.partition("<")[0].strip()

    def faults(self) -> Iterator[Event]:
        """Yield why it ended early."""
        if self.fault is not None:
            message = f"the document is broken: {self.fault}"
            at = Location(self.fault.offset)
            yield Anomaly(kind="model-structure", message=message, at=at)
            yield Incomplete(message)


def identify(blob: Blob) -> bool:
    """Whether `blob` is text with an XML declaration or a document type in front."""
    head = blob.head(_PROBED)
    try:
        encoding_of(head)
    except XmlError:
        return True  # nobody can tell what it holds
    try:
        text = decode(blob.head(min(blob.size, LARGEST)))
        declared = text[:_PROBED].lstrip("\ufeff \t\r\n").startswith("<?xml")
        return (declared or at_doctype(text, skip_misc(text))) and not _CONTROL.search(text)
    except XmlError:
        return False


def root(blob: Blob) -> str:
    """Return the name of the first tag, without its prefix; nothing where there is none."""
    for size in (_PROBED, LARGEST):
        try:
            text = decode(blob.head(size))
            return next(read_tags(text, read_prolog(text).body)).local
        except (XmlError, StopIteration):
            if blob.size <= size:
                break
    return ""


def parse(source: Source) -> Iterator[Event]:
    """Yield what the prolog declares; the document itself is data."""
    try:
        document = read(source.blob)
    except XmlError as error:
        yield Incomplete(f"the document is not read: {error}")
        return
    yield from prolog(document)


def read(blob: Blob) -> Document:
    """Return a document. Raises `XmlError`."""
    if blob.size > LARGEST:
        raise XmlError(f"a document of more than {LARGEST} bytes is not read")
    text = decode(blob.head(LARGEST))
    return Document(text, read_prolog(text))


def prolog(document: Document) -> Iterator[Event]:
    """Yield what a document would have fetched or expanded."""
    found = document.prolog
    if found.system is not None:
        target = found.system[:_LONGEST]
        yield Reference(target=target, role="document-type", at=Location(path="DOCTYPE"))
    for entity in found.entities[:_MOST_ENTITIES]:
        if entity.system is not None:
            at = Location(path=f"ENTITY {entity.name[:100]}")
            yield Reference(target=entity.system[:_LONGEST], role="entity", at=at)
    for target in document.styles():
        at = Location(path="xml-stylesheet")
        yield Reference(target=target[:_LONGEST], role="include", at=at)
    size = document.expansion()
    if size > _EXPANDED:
        message = f"entities expand to {size} characters"
        yield Anomaly(kind="entity-bomb", message=message, values=(Const(size),))


def includes(tag: Tag) -> Iterator[Reference]:
    """Yield what an element has included in the document."""
    if tag.start and tag.local == "include" and "href" in tag.attributes:
        at = Location(tag.at, tag.name)
        yield Reference(target=tag.attributes["href"][:_LONGEST], role="include", at=at)
