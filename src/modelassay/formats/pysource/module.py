"""Modules: files of Python source, told by what runs when they are imported and what later.

Source: the Python language reference, 4 (execution model) and 8 (compound statements). Text that
is given to `exec` and its kin as a constant is read as source in turn; where it comes from a call,
that call is told. A module is recognised by its statements, or named by the name of its file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, CodeReference, Limit, Location, Reference
from modelassay.core.nesting import name as name_of
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.pycode.terms import Symbol, Value
from modelassay.formats.pycode.values import show
from modelassay.formats.pysource import constants, names, statements
from modelassay.formats.pysource.evaluation import Found, Record, evaluate
from modelassay.formats.pysource.parsing import LONGEST, decode, parse_tree
from modelassay.formats.pysource.reach import reached_scopes
from modelassay.formats.pysource.words import name_words
from modelassay.io.blob import Blob, Memory
from modelassay.io.shell import pipelines, write

_VISITS: Final = names.VISITS | constants.VISITS | statements.VISITS
_LONGEST_ARGUMENT: Final = 120
_LONGEST_TARGET: Final = 500
_MOST_TEXTS: Final = 50
_MOST_TOLD: Final = 500
_LARGEST: Final = 16 << 20
_STATEMENT: Final = re.compile(
    rb"(?:\A|\n)[ \t]*(?:import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import\b|(?:async[ \t]+)?def[ \t]+\w"
    rb"|class[ \t]+\w+[ \t]*[(:])|\A\xef?\xbb?\xbf?#![^\n]{0,80}python"
)
#: What runs a text, or what a text holds, by the position of that text among its arguments.
_RUNNING: Final = {
    **dict.fromkeys(("exec", "eval", "compile", "execfile", "exec_", "six.exec_"), 0),
    **dict.fromkeys(("marshal.loads", "pickle.loads", "_pickle.loads", "dill.loads"), 0),
    **dict.fromkeys(("cloudpickle.loads", "types.FunctionType", "runpy.run_path"), 0),
    **dict.fromkeys(("ctypes.CDLL", "ctypes.cdll.LoadLibrary", "torch.ops.load_library"), 0),
    **dict.fromkeys(("torch.classes.load_library", "tf.load_op_library"), 0),
    **dict.fromkeys(("code.InteractiveInterpreter().runsource", "builtins.exec"), 0),
}
_SOURCES: Final = frozenset(("exec", "eval", "compile", "exec_", "six.exec_", "builtins.exec"))
_PICKLES: Final = frozenset(
    ("pickle.loads", "_pickle.loads", "dill.loads", "cloudpickle.loads", "cPickle.loads")
)
#: What runs a command line.
_COMMANDS: Final = frozenset(
    (
        *("os.system", "os.popen", "commands.getoutput", "pty.spawn", "posix.system"),
        *("subprocess.run", "subprocess.call", "subprocess.Popen", "subprocess.check_call"),
        *("subprocess.check_output", "subprocess.getoutput", "subprocess.getstatusoutput"),
        *("asyncio.create_subprocess_shell", "get_ipython().system", "get_ipython().getoutput"),
    )
)


def identify(blob: Blob) -> bool:
    """Whether `blob` has statements of Python, and nothing that is none."""
    head = blob.head(LONGEST)
    if blob.size > LONGEST or b"\0" in head or not _STATEMENT.search(head):
        return False
    tree = parse_tree(decode(head)[0])
    return tree is not None and any(isinstance(one, _TELLING) for one in ast.walk(tree))


_TELLING: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def parse(source: Source) -> Iterator[Event]:
    """Yield what runs on import, and what only when something calls it."""
    text, known = decode(source.blob.head(_LARGEST))
    name = name_of(source.name)
    yield from module_events(text, name)
    if not known:
        yield Incomplete("its encoding is not one that is read")
    if source.blob.size > _LARGEST:
        yield Limit(name="text", message=f"only {_LARGEST} bytes of the source were read")


def module_events(text: str, name: str, cells: bool = False) -> Iterator[Event]:
    """Yield what a text of source does, in two facts: on import, and when it is called.

    `cells`: it is that of a notebook, which a person starts.
    """
    words = ("python-cells", "python-cells") if cells else ("python-import", "python-later")
    tree = parse_tree(text) if len(text) <= LONGEST else None
    if tree is None:
        references = tuple(name_words(text))
        yield Code(name=name, language="python-words", references=references, complete=False)
        return
    yield from found_events(evaluate(tree, _VISITS), name, words)


def found_events(
    found: Found, name: str, words: tuple[str, str] = ("python-import", "python-later")
) -> Iterator[Event]:
    """Yield what was found in a module; `words` are the languages of what runs now and later."""
    reading = _Reading(found)
    for now, word in zip((True, False), words, strict=True):
        told = [one for one in reading.told() if (one.path in reading.reached) is now]
        if told:
            references = tuple(dict.fromkeys(map(_reference, told)))
            complete = reading.complete
            yield Code(name=name, language=word, references=references, complete=complete)
    yield from reading.events()


def _reference(record: Record) -> CodeReference:
    return CodeReference(
        name=record.name,
        called=record.called,
        args=tuple(show(value, _LONGEST_ARGUMENT) for value in record.arguments),
        path=record.path,
    )


class _Reading:
    """A module and the texts it runs as source, read one after another."""

    def __init__(self, found: Found) -> None:
        self.records = found.records
        self.complete = found.complete
        self.reached = reached_scopes(found)
        pending = list(found.records)
        left = _MOST_TEXTS
        while pending and left:
            record = pending.pop()
            inner = _inner_source(record)
            if inner is None:
                continue
            left -= 1
            more = _nested(inner, record, found.variables)
            self.records += more
            pending += more
        self.complete = self.complete and left > 0

    def told(self) -> Iterator[Record]:
        """Yield what is referred to; of imports only those that bring in whatever there is."""
        for record in self.records:
            if not record.imported or record.called or record.name.endswith(".*"):
                yield record

    def events(self) -> Iterator[Event]:
        """Yield what is run as text, command lines, and pickles that are written out."""
        told: set[tuple[str, str]] = set()
        for record in self.records:
            for event in _told(record, record.path in self.reached):
                key = (event.role, event.target) if isinstance(event, Reference) else None
                if key in told or len(told) > _MOST_TOLD:
                    continue
                if key is not None:
                    told.add(key)
                yield event


def _inner_source(record: Record) -> ast.Module | None:
    """Return the source that a call runs, if it is known."""
    given = record.arguments[0] if record.called and record.arguments else None
    if record.name not in _SOURCES or not isinstance(given, str | bytes) or len(given) > LONGEST:
        return None
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else given
    return parse_tree(text)


def _nested(tree: ast.Module, around: Record, variables: dict[str, Value]) -> list[Record]:
    """Return what a text refers to that runs where `around` stands."""
    records = evaluate(tree, _VISITS, variables).records
    for record in records:
        record.path = around.path
    return records


def _told(record: Record, now: bool) -> Iterator[Event]:
    if not record.called:
        return
    at = Location(path=record.path or "<module>")
    first = record.arguments[0] if record.arguments else None
    if record.name in _RUNNING:
        role = "runs-at-import" if now else "runs-when-called"
        yield from _running(record, first, role, at)
    elif record.name in _COMMANDS or record.name.endswith(".exec_command"):
        yield from command_lines(_line(first), at)
    elif now and isinstance(first, str) and first:
        yield Reference(
            role="named-at-import", target=f"{record.name}: {first[:_LONGEST_TARGET]}", at=at
        )


def _running(record: Record, first: object, role: str, at: Location) -> Iterator[Event]:
    if isinstance(first, Symbol):
        target = f"{record.name}: {first.name}"[:_LONGEST_TARGET]
        yield Reference(role=role, target=target, at=at)
    elif isinstance(first, bytes) and record.name in _PICKLES:
        yield Child(f"{record.name}()", Memory(first), role="payload", format="pickle")
    elif isinstance(first, str | bytes) and record.name not in _SOURCES:
        text = show(first, _LONGEST_ARGUMENT)
        yield Reference(role=role, target=f"{record.name}: {text}"[:_LONGEST_TARGET], at=at)


def _line(first: object) -> str:
    """Return the command line that a call is given, of a list with its words quoted."""
    if isinstance(first, tuple):
        words = [one if isinstance(one, str) else "$" for one in first]
        if len(words) > 2 and words[1] in ("-c", "-lc", "/c"):
            return words[2]
        return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    return first if isinstance(first, str) else ""


def command_lines(text: str, at: Location) -> Iterator[Reference]:
    """Yield each pipeline of commands in a text that a shell would run."""
    for pipeline in pipelines(text):
        yield Reference(role="shell", target=write(pipeline)[:_LONGEST_TARGET], at=at)
