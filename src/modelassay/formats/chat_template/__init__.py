"""Chat templates: Jinja programs that turn a conversation into the prompt of a model.

Source: https://jinja.palletsprojects.com/en/stable/templates/ and the chat templates of
https://huggingface.co/docs/transformers/chat_templating. A template is parsed, never rendered: not
in a sandbox either, which templates have escaped from.

Jinja is imported only where there is something to parse, for every text comes by here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Event, Source
from modelassay.io.blob import Blob

_LARGEST: Final = 1 << 20
_MARKS: Final = re.compile(rb"\{[{%]")
_STATEMENT: Final = re.compile(rb"\{%[-+]?\s*(?:for|if|set|macro)\b[^%]{0,200}\bmessages?\b")


def identify(blob: Blob) -> bool:
    """Whether `blob` is text that reads as a chat template.

    Of what is too long for one, whether it has a statement of one: it is told as not read.
    """
    head = blob.head(_LARGEST)
    if b"\0" in head or blob.size > _LARGEST:
        return b"\0" not in head and _has_statement(blob)
    if not _MARKS.search(head):
        return False
    from modelassay.formats.chat_template.syntax import looks_like_template

    try:
        return looks_like_template(head.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def parse(source: Source) -> Iterator[Event]:
    """Yield what the template would do."""
    from modelassay.formats.chat_template.following import follow

    yield from follow(source)


def _has_statement(blob: Blob) -> bool:
    for offset in range(0, blob.size, _LARGEST):
        data = blob.read_at(offset, _LARGEST + 512)
        if b"\0" in data:
            return False
        if _STATEMENT.search(data):
            return True
    return False
