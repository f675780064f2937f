"""Modelfiles of Ollama: what a model is made from, its template and system prompt.

Source: `docs/modelfile.md` and `parser/parser.go` of Ollama 0.1 to 0.20. A file is taken for one if
all of it is instructions of that language, and one of them is FROM.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata, Reference, Template
from modelassay.core.values import Const
from modelassay.formats.base import Event, Source
from modelassay.io import gotemplate
from modelassay.io.blob import Blob

_LARGEST: Final = 4 << 20
_LONGEST: Final = 4096
_MOST: Final = 2000
_INSTRUCTION: Final = re.compile(
    r'[ \t\r\n]*(?:#[^\n]*|(?P<word>[A-Za-z]{3,12})[ \t]+(?P<value>"""(?:.*?"""|.*\Z)|[^\n]*))',
    re.DOTALL,
)
_REFERENCES: Final = {"from": "modelfile-from", "adapter": "modelfile-adapter"}
_TEXTS: Final = frozenset(("template", "system"))
_PROMPTED: Final = frozenset(("template", "system", "message"))
_MOST_WHEN: Final = 16
_KNOWN: Final = frozenset(
    (*_REFERENCES, *_TEXTS, "parameter", "license", "message", "renderer", "parser", "requires")
)


def identify(blob: Blob) -> bool:
    """Whether `blob` is nothing but instructions, with a FROM among them."""
    if blob.size > _LARGEST:
        return False
    words = []
    for word, value, _ in _instructions(blob):
        if word not in _KNOWN or (word == "from" and len(value.split()) != 1):
            return False
        words.append(word)
    return "from" in words


def parse(source: Source) -> Iterator[Event]:
    """Yield what the model is made from, and the texts it is given."""
    for told, (word, value, at) in enumerate(_instructions(source.blob)):
        where = Location(at)
        if told > _MOST:
            break
        if word in _REFERENCES:
            yield Reference(target=value[:_LONGEST], role=_REFERENCES[word], at=where)
        elif word in _TEXTS:
            size = len(value) if len(value) > _LONGEST else None
            yield Metadata(key=word, value=Const(value[:_LONGEST], size), at=where)
        if word in _PROMPTED:
            yield from _prompt(value if word == "template" else value.replace("{{", "{ {"), where)


def _prompt(template: str, where: Location) -> Iterator[Template]:
    """Yield the texts that a template, or a text that is put in as it is, gives to prompts."""
    for told, one in enumerate(gotemplate.texts(template)):
        if one.text.strip() and told < _MOST:
            chain = (one.text[:_LONGEST],)
            yield Template(does="emit", chain=chain, when=one.when[:_MOST_WHEN], at=where)


def _instructions(blob: Blob) -> Iterator[tuple[str, str, int]]:
    """Yield word, value and place of each instruction; a word of nothing where there is none."""
    text = blob.head(_LARGEST).decode("utf-8", "replace").rstrip()
    position = 0
    while position < len(text):
        found = _INSTRUCTION.match(text, position)
        if found is None:
            yield "", "", position
            return
        position = found.end()
        if found["word"]:
            value = found["value"].strip()
            yield found["word"].lower(), value.strip('"'), found.start("word")
