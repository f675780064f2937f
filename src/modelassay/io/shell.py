"""Command lines of POSIX shells: which commands feed which, read without expanding anything.

Source: POSIX.1-2024, Shell Command Language (2.2 Quoting, 2.3 Token Recognition, 2.6.3 Command
Substitution, 2.9 Shell Commands); process substitution and `|&` of Bash. What stands in a
substitution feeds the command around it, so it comes in front of it in the same pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

_MOST_COMMANDS: Final = 20_000
_DEEPEST: Final = 20
_LONGEST_WORD: Final = 4096
_SPACE: Final = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_COMMENT: Final = re.compile(r"#[^\n]*")
_PLAIN: Final = re.compile(r"[^\s'\"`$\\|&;()<>{}#\n]+")
_REDIRECTION: Final = re.compile(r"\d*(?:<<<|<<-?|>>|[<>]&|&>>?|>\||<>|<|>)")
_END: Final = re.compile(r"\|\||&&|;;|[;&\n]")
_PIPE: Final = re.compile(r"\|&?")
_ESCAPES: Final = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r"}


class Command(msgspec.Struct):
    """A command: its words with the quotes taken off; redirections are words such as `>&`."""

    words: list[str]


class Pipeline(msgspec.Struct):
    """Commands that feed one another, from first to last, and where the first starts."""

    commands: list[Command]
    offset: int


def pipelines(text: str) -> Iterator[Pipeline]:
    """Yield the pipelines of a text in order; at most some thousand."""
    told = 0
    pending = [(text, 0, 0)]
    while pending:
        part, offset, depth = pending.pop()
        reader = _Reader(part, depth)
        for pipeline in reader.read():
            told += 1
            if told > _MOST_COMMANDS:
                return
            pipeline.offset += offset
            yield pipeline
        pending += reversed(reader.groups)


def write(pipeline: Pipeline) -> str:
    """Return a pipeline in one line, each word quoted where it has to be."""
    return " | ".join(" ".join(map(_quoted, one.words)) for one in pipeline.commands)


def _quoted(word: str) -> str:
    plain = word and (not re.search(r"[\s'\"`$\\|;(){}#&<>]", word) or _REDIRECTION.fullmatch(word))
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


class _Reader:
    """One pass over a text. `groups` are texts in parentheses, which are commands themselves."""

    def __init__(self, text: str, depth: int) -> None:
        self.text = text
        self.depth = depth
        self.position = 0
        self.groups: list[tuple[str, int, int]] = []
        self.commands: list[Command] = []
        self.fed: list[Command] = []
        self.words: list[str] = []
        self.word: str | None = None
        self.start = 0

    def read(self) -> Iterator[Pipeline]:
        """Yield each pipeline at its end."""
        while self.position < len(self.text):
            if self._take(_SPACE):
                self._end_word()
            elif self.word is None and self._take(_COMMENT):
                continue
            elif found := self._take(_REDIRECTION):
                self._redirect(found)
            elif self._take(_END):
                yield from self._end_pipeline()
            elif self._take(_PIPE):
                self._end_command()
            else:
                self._part()
        yield from self._end_pipeline()

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.position)
        if found is None or not found.group():
            return None
        self.position = found.end()
        return found.group()

    def _redirect(self, sign: str) -> None:
        if self.word is not None and sign[0].isdigit():
            self._add(sign)  # digits at the end of a word are no descriptor
            return
        self._end_word()
        if sign in ("<", ">") and self.text.startswith("(", self.position):
            self._substitute(self._closing("(", ")"))
        else:
            self.words.append(sign)

    def _part(self) -> None:
        """Read a part of a word, or a group."""
        character = self.text[self.position]
        plain = self._take(_PLAIN)
        if plain is not None:
            self._add(plain)
        elif character == "'":
            self._add(self._until("'"))
        elif character == '"':
            self._double()
        elif character == "`":
            self._substitute(self._until("`"))
        elif self.text.startswith("$(", self.position):
            self.position += 1
            self._substitute(self._closing("(", ")"))
        elif self.text.startswith("$'", self.position):
            self.position += 1
            self._add(_ESCAPES.sub(_unescaped, self._until("'")))
        elif character == "\\":
            self._add(self.text[self.position + 1 : self.position + 2])
            self.position += 2
        elif character == "(" and self.word is None:
            at = self.position + 1
            self._group(self._closing("(", ")"), at)
        elif character in "{}" and self.word is None:
            self.position += 1
        else:
            self._add(character)
            self.position += 1

    def _double(self) -> None:
        """Read a text in double quotes, with the substitutions in it."""
        self.position += 1
        self._add("")
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == '"':
                self.position += 1
                return
            if character == "\\":
                self._add(self.text[self.position + 1 : self.position + 2])
                self.position += 2
            elif character == "`":
                self._substitute(self._until("`"))
            elif self.text.startswith("$(", self.position):
                self.position += 1
                self._substitute(self._closing("(", ")"))
            else:
                end = re.compile(r'[^"\\`$]+|\$').match(self.text, self.position)
                text = end.group() if end else character
                self._add(text)
                self.position += len(text)

    def _until(self, mark: str) -> str:
        """Return what stands between two marks, and go behind the second."""
        start = self.position + 1
        end = self.text.find(mark, start)
        end = len(self.text) if end < 0 else end
        self.position = end + 1
        return self.text[start:end]

    def _closing(self, opening: str, closing: str) -> str:
        """Return what stands between parentheses, quotes inside of it respected."""
        start = self.position + 1
        depth, position, quote = 0, self.position, ""
        while position < len(self.text):
            character = self.text[position]
            if character == "\\" and quote != "'":
                position += 1
            elif quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character == opening:
                depth += 1
            elif character == closing:
                depth -= 1
                if depth == 0:
                    break
            position += 1
        self.position = position + 1
        return self.text[start:position]

    def _substitute(self, text: str) -> None:
        """Read a substitution: what it runs feeds this command, and its word is unknown."""
        self._add("$")
        if self.depth < _DEEPEST and not text.startswith("("):  # $(( )) is arithmetic
            for pipeline in _Reader(text, self.depth + 1).read():
                self.fed += pipeline.commands

    def _group(self, text: str, at: int) -> None:
        if self.depth < _DEEPEST:
            self.groups.append((text, at, self.depth + 1))

    def _add(self, text: str) -> None:
        if self.word is None and not self.words and not self.commands:
            self.start = self.position
        self.word = ((self.word or "") + text)[:_LONGEST_WORD]

    def _end_word(self) -> None:
        if self.word is not None:
            self.words.append(self.word)
            self.word = None

    def _end_command(self) -> None:
        self._end_word()
        self.commands += self.fed
        if self.words:
            self.commands.append(Command(self.words))
        self.words, self.fed = [], []

    def _end_pipeline(self) -> Iterator[Pipeline]:
        self._end_command()
        if self.commands:
            yield Pipeline(self.commands, self.start)
        self.commands = []


def _unescaped(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16 if found[1] else 8) & 0xFF)
    return _LETTERS.get(found[3], found[3])
