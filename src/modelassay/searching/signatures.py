"""YARA rules: those of ours, those of a user, and the signatures of formats, in one search.

Source: the YARA-X documentation. All are searched for at once by yara-x, which goes through more
than a gigabyte in a second; a file is seen in windows, and whole if it is not larger than one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from modelassay import rules
from modelassay.core.errors import Error
from modelassay.core.facts import Location, Signature
from modelassay.searching.encoded import starts
from modelassay.searching.places import SIGNS
from modelassay.searching.secrets import patterns

_OURS: Final = Path(rules.__file__).parent / "data" / "payloads.yar"
_SIGNS, _SECRETS, _RULES, _USER = "signs", "secrets", "ours", "user"
_SECONDS: Final = 120
_LONGEST_META: Final = 200


class RulesError(Error):
    """A file of rules cannot be read or is not sound."""

    advice = "Check the file with `yr check`."


class Hits(msgspec.Struct):
    """What one window holds: (format, start) of signatures, encoded text, matches of rules.

    `secrets` are the places where a credential may stand.
    """

    places: list[tuple[str, int]] = []
    encoded: list[int] = []
    secrets: list[int] = []
    matches: list[Signature] = []


class Signatures:
    """Compiled rules. Raises `RulesError` where those of the user are not sound."""

    def __init__(self, files: Iterable[str | os.PathLike[str]] = ()) -> None:
        self._rules = _compiled(tuple(os.fspath(path) for path in files))

    def search(self, data: bytes, offset: int) -> Hits:
        """Return what `data` holds, which stands at `offset`."""
        import yara_x

        scanner = yara_x.Scanner(self._rules)  # belongs to the thread that made it
        scanner.set_timeout(_SECONDS)
        hits = Hits()
        for rule in scanner.scan(data).matching_rules:
            if rule.namespace == _SIGNS:
                for index, place in _places(rule):
                    if index < len(SIGNS):
                        hits.places.append((SIGNS[index].format, place - SIGNS[index].back))
                    if index >= len(SIGNS) or SIGNS[index].format == "script":
                        hits.encoded.append(place)
            elif rule.namespace == _SECRETS:
                hits.secrets += (place for _, place in _places(rule))
            else:
                hits.matches.append(_signature(rule, offset))
        return hits


@cache
def _ours() -> Any:
    """Compile the rules that every deep scan has."""
    return _compile(())


def _compiled(files: tuple[str, ...]) -> Any:
    return _compile(files) if files else _ours()


def _compile(files: tuple[str, ...]) -> Any:
    import yara_x

    compiler = yara_x.Compiler()
    compiler.new_namespace(_SIGNS)
    compiler.add_source(_rule(*(sign.pattern for sign in SIGNS), *starts()))
    compiler.new_namespace(_SECRETS)
    compiler.add_source(_rule(*patterns()))
    compiler.new_namespace(_RULES)
    compiler.add_source(_OURS.read_text("utf-8"))
    for number, path in enumerate(files):
        compiler.new_namespace(f"{_USER}{number}")
        try:
            with open(path, encoding="utf-8") as file:
                compiler.add_source(file.read(), path)
        except (OSError, UnicodeDecodeError, yara_x.CompileError) as error:
            raise RulesError(f"cannot take the rules of {path!r}: {error}") from error
    return compiler.build()


def _rule(*patterns: bytes) -> str:
    """Return a rule of patterns, which are named by their index."""
    lines = [f"    $s{index} = /{_yara(one)}/s" for index, one in enumerate(patterns)]
    return "rule any_of_them {\n  strings:\n" + "\n".join(lines) + "\n  condition: any of them\n}\n"


def _yara(pattern: bytes) -> str:
    """Write a pattern as yara-x takes it: nothing is looked ahead at."""
    return pattern.decode().replace("(?=", "(?:").replace("/", r"\/")


def _places(rule: Any) -> Iterator[tuple[int, int]]:
    for pattern in rule.patterns:
        index = int(pattern.identifier.removeprefix("$s"))
        for match in pattern.matches:
            yield index, match.offset


def _signature(rule: Any, offset: int) -> Signature:
    meta = {str(key): str(value)[:_LONGEST_META] for key, value in rule.metadata}
    first = min((m.offset for p in rule.patterns for m in p.matches), default=0)
    return Signature(
        name=rule.identifier,
        source="ours" if rule.namespace == _RULES else "user",
        severity=meta.get("severity", ""),
        text=meta.get("description", ""),
        meta=tuple(meta.items()),
        at=Location(offset + first),
    )
