"""Ways to write JSON, YAML and templates anew that leave what they say."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import yaml


def json_text(data: bytes, chance: random.Random) -> bytes:
    """Write JSON with other white space, escapes, order of keys, doubled keys, a mark in front.

    Of keys that stand twice loaders take the last. Raises `ValueError` for what is none.
    """
    value = json.loads(data)
    if not isinstance(value, dict | list):
        raise ValueError("no document")
    made = json_of(value, chance, chance.choice(("", "", " ", "\n\t")), chance.random())
    mark = chance.choice((b"", b"", b"\xef\xbb\xbf", b" \r\n"))
    return mark + made.encode()


def json_of(
    value: Any, chance: random.Random, space: str, escaping: float, doubled: float = 0.1
) -> str:
    """Return a value as JSON; so many of its keys stand twice, a decoy in front."""
    if isinstance(value, dict):
        items = list(value.items())
        chance.shuffle(items)
        parts = []
        for key, item in items:
            if chance.random() < doubled:
                decoy = chance.choice(("null", '"words"', "1", "[]", '{"a":1}'))
                parts.append(f"{_text(key, chance, escaping)}:{space}{decoy}")
            inner = json_of(item, chance, space, escaping, doubled)
            parts.append(f"{_text(key, chance, escaping)}{space}:{inner}")
        return "{" + f",{space}".join(parts) + space + "}"
    if isinstance(value, list):
        inside = f"{space},".join(json_of(item, chance, space, escaping, doubled) for item in value)
        return f"[{space}{inside}]"
    return _text(value, chance, escaping) if isinstance(value, str) else json.dumps(value)


def _text(value: str, chance: random.Random, escaping: float) -> str:
    parts = []
    for character in value:
        if chance.random() < escaping and ord(character) < 0x10000:
            parts.append(f"\\u{ord(character):04{chance.choice('xX')}}")
        else:
            parts.append(json.dumps(character, ensure_ascii=chance.random() < 0.5)[1:-1])
    return '"' + "".join(parts) + '"'


_FIRST = re.compile(rb"(?:#.*\n|---\n|%.*\n|\s)*[\w./-]+:\s")


def yaml_text(data: bytes, chance: random.Random) -> bytes:
    """Write YAML in other styles, with anchors, other handles of tags, in other bytes.

    Nothing is made of its tags. Raises `ValueError` for what is no mapping.
    """
    try:
        node = yaml.compose(data, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(node, yaml.MappingNode) or not _FIRST.match(data):
        raise ValueError("no document")
    _restyle(node, chance)
    if chance.random() < 0.3:  # the same node twice is an anchor and an alias
        extra = yaml.ScalarNode("tag:yaml.org,2002:str", "words")
        node.value[:0] = [
            (yaml.ScalarNode("tag:yaml.org,2002:str", f"w{n}"), extra) for n in (1, 2)
        ]
    made: str = yaml.serialize(
        node,
        width=chance.choice((20, 80, 1 << 20)),
        indent=chance.choice((2, 4, 8)),
        allow_unicode=chance.random() < 0.5,
        explicit_start=chance.random() < 0.3,
        explicit_end=chance.random() < 0.2,
        version=chance.choice((None, None, (1, 1))),
        tags=chance.choice((None, None, {"!e!": "tag:yaml.org,2002:"})),
    )
    return made.encode(chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")))


def _restyle(root: yaml.Node, chance: random.Random) -> None:
    flow = chance.choice((0.0, 0.3, 1.0))
    pending, met = [root], set()
    while pending:
        node = pending.pop()
        if id(node) in met:
            continue
        met.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(keys)) == len(node.value):
                chance.shuffle(node.value)
            pending += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            pending += node.value
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = chance.random() < flow
        elif isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            node.style = chance.choice(("'", '"', "|", ">", node.style))


_ATTRIBUTE = re.compile(r"\.(__\w+__|\w+)")
_TAG = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)


def template(data: bytes, chance: random.Random) -> bytes:
    """Write a Jinja template with attributes by subscript, filter or concatenation, comments.

    Raises `ValueError` for what has no expressions.
    """
    text = data.decode()
    if "\0" in text or "__" not in text or not _TAG.search(text):
        raise ValueError("no template")

    def spelled(found: re.Match[str]) -> str:
        name = found[1]
        if not name.startswith("__") or chance.random() < 0.2:
            return found[0]
        cut = chance.randrange(1, len(name))
        quote = chance.choice("'\"")
        whole = f"{quote}{name}{quote}"
        halves = f"{quote}{name[:cut]}{quote} {chance.choice('~+')} {quote}{name[cut:]}{quote}"
        coded = quote + "".join(f"\\x{ord(c):02x}" for c in name) + quote
        joined = f"[{quote}{name[:cut]}{quote}, {quote}{name[cut:]}{quote}]|join"
        turned = f"{quote}{name[::-1]}{quote}[::-1]"
        lowered = f"{quote}{name.upper()}{quote}|lower" if name.islower() else whole
        filled = f"{quote}{name[:cut]}%s{quote}|format({quote}{name[cut:]}{quote})"
        chosen = chance.choice((whole, halves, coded, joined, turned, lowered, filled))
        return chance.choice((f"[{chosen}]", f"|attr({chosen})"))

    def tag(found: re.Match[str]) -> str:
        inner = _ATTRIBUTE.sub(spelled, found[1])
        space = chance.choice(("", " ", "\n", "\t "))
        trim = chance.choice(("", "-"))
        if chance.random() < 0.3 and "=" not in inner and " if " not in inner:
            begin, end = chance.choice(
                (("set w =", ""), ("if", " %}{% endif"), ("for w in [", "] %}{% endfor"))
            )
            return f"{{% {begin} {inner} {end} %}}"
        return f"{{{{{trim}{space or ' '}{inner}{space}{' ' if not space else ''}{trim}}}}}"

    made = _TAG.sub(tag, text)
    if chance.random() < 0.5:
        made = "{# words #}" + made
    if chance.random() < 0.3:
        made = "{% if true %}" + made + "{% endif %}"
    return made.encode()
