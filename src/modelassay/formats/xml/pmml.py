"""PMML: models as an XML document, for scoring engines that are mostly written in Java.

Sources: the PMML 4.4 specification of the Data Mining Group (Extension, Functions); the function
registry of JPMML-Evaluator, which takes a name with a dot for a Java class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.xml import includes, prolog, read, root
from modelassay.io.blob import Blob
from modelassay.io.xml import XmlError

_CLASS: Final = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+\Z")
_LONGEST: Final = 1000
_MOST: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether the first element of a document is that of PMML."""
    return root(blob) == "PMML"


def parse(source: Source) -> Iterator[Event]:
    """Yield the Java classes that are called, and what extensions hold."""
    try:
        document = read(source.blob)
    except XmlError as error:
        yield Incomplete(f"the model is not read: {error}")
        return
    yield from prolog(document)
    told = 0
    for tag in document.tags():
        if not tag.start or told > _MOST:
            continue
        yield from includes(tag)
        function = tag.attributes.get("function", "")
        if _CLASS.match(function):
            told += 1
            yield Reference(target=function[:_LONGEST], role="java-class", at=Location(tag.at))
        if tag.local.lower() == "script":
            told += 1
            yield Reference(target=tag.name[:_LONGEST], role="pmml-script", at=Location(tag.at))
        if tag.local == "Extension":
            told += 1
            key = f"Extension {tag.attributes.get('name', '')}"[:200].strip()
            value = Const(tag.attributes.get("value", "")[:_LONGEST])
            yield Metadata(key=key, value=value, at=Location(tag.at))
            inner = document.text(tag, _LONGEST)
            if inner:
                yield Metadata(key=key, value=Const(inner), at=Location(tag.end))
    yield from document.faults()
