"""The reading of one artifact: identify, parse, recurse into what stands inside, judge.

It alone catches the unexpected: whatever one file does, what was found so far stays and the scan of
the others goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from modelassay import formats, rules
from modelassay.core.about import about
from modelassay.core.errors import BudgetError, Error, MissingExtraError, ReadError
from modelassay.core.facts import Anomaly, Fact, Limit, Location, Payload
from modelassay.core.findings import Severity
from modelassay.core.nesting import escape
from modelassay.core.nesting import folder as folder_of
from modelassay.core.report import Artifact, Coverage, Problem, Report, Status, Tool
from modelassay.core.values import Const
from modelassay.formats.base import (
    Child,
    Elements,
    Event,
    Incomplete,
    Refined,
    Skipped,
    Source,
    Weights,
)
from modelassay.formats.names import broken_promise, taken_for
from modelassay.formats.probes import HEAD
from modelassay.io.blob import Blob, Extent, extent, held
from modelassay.io.budget import Budget, Limits
from modelassay.judging import found_by
from modelassay.keeping import Shelf
from modelassay.rules.base import Subject
from modelassay.searching.search import Search
from modelassay.version import __version__

if TYPE_CHECKING:
    from modelassay.searching.signatures import Signatures

T = TypeVar("T")
HASHED_SIZE = 1 << 20
_EVIDENCE_SIZE = 1 << 30  # bytes of what has findings that are read for its hash
NO_FORMAT = "no known format"
#: Formats whose members make a folder.
_FOLDERS = frozenset(("zip", "tar", "7z"))
_WORSE: list[Status] = ["scanned", "unknown", "partial", "failed"]


class Options(msgspec.Struct, frozen=True):
    """How to scan. `vouched` are patterns of callables a project answers for.

    `strict` counts every file of unknown format as incomplete; `hash` reads all bytes of every
    file for its sha256, not only those of small ones. `deep` also searches every byte, with the
    rules in the files `yara` beside those of ours; rules of a user make the scan deep.
    """

    limits: Limits = Limits()
    strict: bool = False
    hash: bool = False
    vouched: tuple[str, ...] = ()
    deep: bool = False
    yara: tuple[str, ...] = ()


class Scan:
    """What the readings of one scan share: its options, its report, and what files say of others.

    `observe` is shown every artifact that was read, with its facts, before they are judged,
    `collect` every payload, with its bytes in front of others perhaps, `attend` the bytes of every
    artifact and where its tensors lie in them.
    """

    collect: Callable[[str, Payload, Blob], None] | None = None
    attend: Callable[[Artifact, Source, Sequence[Elements]], None] | None = None

    def __init__(
        self,
        targets: Iterable[str],
        options: Options | None = None,
        observe: Callable[[Artifact, list[Fact]], None] | None = None,
    ) -> None:
        self.options = options or Options()
        self.signatures = self._signatures()
        self.observe = observe
        self.report = Report(Tool("modelassay", __version__), list(targets), coverage=Coverage())
        self.weights: dict[str, int] = {}
        self.shelf = Shelf()

    def _signatures(self) -> Signatures | None:
        """Return what a deep scan searches for, `None` for any other. Raises `RulesError`."""
        if not self.options.deep and not self.options.yara:
            return None
        from modelassay.searching.signatures import Signatures

        return Signatures(self.options.yara)

    def problem(self, path: str, error: Exception) -> None:
        """Tell what went wrong at `path`."""
        if isinstance(error, Error):
            problem = Problem(path, str(error), error.advice)
        else:
            message = f"{type(error).__name__}: {error}"
            problem = Problem(path, message, "This is a defect of modelassay. Please report it.")
        self.report.errors.append(problem)


def bears_model_suffix(path: str) -> bool:
    """Whether the last name in `path` ends as the files of a known model format do."""
    return path.lower().endswith(tuple(formats.MODEL_SUFFIXES))


def _beside(path: str, name: str) -> str:
    """Return the path of what is called `name` in the folder or archive of `path`."""
    folder = folder_of(path)
    while name.startswith("../") and folder.count("/") > 1:
        name, folder = name[3:], folder[: folder.rstrip("/").rfind("/") + 1]
    return folder + escape(name.removeprefix("./"))


def _recognised(entry: formats.Entry, blob: Blob) -> bool:
    return bool(entry.load().identify(blob))


class Reading:
    """The reading of one artifact: a file, or something inside one."""

    def __init__(
        self,
        scan: Scan,
        budget: Budget,
        path: str,
        blob: Blob,
        depth: int = 0,
        child: Child | None = None,
        searching: tuple[Extent, ...] = (),
        search: Search | None = None,
    ) -> None:
        self.scan = scan
        self.budget = budget
        self.blob = blob
        self.depth = depth
        self.child = child
        self.searching = searching
        self.search = search or Search(blob, budget, scan.signatures)
        self.facts: list[Fact] = []
        self.artifact = Artifact(path, None, "scanned", blob.size)
        self.names: dict[str, int] = {}
        self.parts: list[Extent] = []
        self.listed = False

    def run(self) -> None:
        """Read, recurse, judge."""
        entries = self._identify()
        if not entries and self.artifact.status == "scanned":
            if self.child is None or self.child.role == "member":
                self.artifact.status = "unknown"
                self.artifact.reason = NO_FORMAT
            entries = [formats.SEARCH] if self._to_search() else []
        elif entries:
            self.artifact.format = entries[0].id
        if self._listed():
            self._list()
        repeated = self.search.repeated(entries)
        if repeated:
            entries = []  # the same archive was read, or is being read, at another place
            self.facts += [] if repeated is True else [repeated]
        self._check_name(entries)
        self._read_as(entries)
        self._guarded(self._search)
        self._digest()
        self.artifact.about = about(self.facts)
        self._guarded(self._attend)
        if self.scan.observe is not None and (self.listed or self.facts):
            self.scan.observe(self.artifact, self.facts)
        self.judge()

    def _to_search(self) -> bool:
        """Whether bytes nobody recognised are to be searched: once, whoever hands them on again."""
        if self.child is not None and self.child.role == "payload":
            return False
        own = extent(self.blob)
        if any(own.within(other) for other in self.searching):
            return False
        self.searching += (own,)
        return True

    def _listed(self) -> bool:
        """Whether this stands in the report: it was recognised, or the user would look for it."""
        if self.child is None or self.artifact.format is not None:
            return True
        if self.artifact.status == "unknown":
            self._skip("members of unknown format", self.blob.size)
            return bears_model_suffix(self.artifact.path)
        return self.artifact.status != "scanned"

    def _identify(self) -> list[formats.Entry]:
        blob = self._guarded(partial(held, self.blob)) or self.blob  # every format reads its start
        matches = [
            entry
            for entry in self._guarded(partial(formats.candidates, blob)) or []
            if self._guarded(partial(_recognised, entry, blob))
        ]
        for wanted in (self.child.format if self.child else None, self._taken_for()):
            named = formats.BY_ID.get(wanted or "")
            if named is not None and named not in matches:
                matches.append(named)
        return formats.settle(matches)

    def _read_as(self, entries: list[formats.Entry]) -> None:
        """Read what was recognised, and tell where that is more than one format."""
        read: list[formats.Entry] = []
        for entry in entries:
            is_part = self._guarded(partial(self._is_part, entry)) if read else False
            if not is_part:
                self._parse(entry)
                read.append(entry)
        if len(read) > 1 and not all(entry.written for entry in read):
            ids = [entry.id for entry in read]
            message = f"the bytes are {' and '.join(ids)} at once"
            values = tuple(Const(name) for name in ids)
            self.facts.append(Anomaly(kind="two-formats", message=message, values=values))

    def _is_part(self, entry: formats.Entry) -> bool:
        """Whether an archive, which is known by its end, is a part that was read for itself."""
        if "zip" not in (entry.id, *entry.refines):
            return False
        base, start, _ = extent(self.blob)
        ends = formats.BY_ID["zip"].load().spans(self.blob)
        spans = [Extent(base, start + first, start + stop) for first, stop in ends]
        return bool(spans) and all(any(map(span.within, self.parts)) for span in spans)

    def _taken_for(self) -> str | None:
        """Return the format that the name of a text makes programs take it for."""
        if self.child is not None and self.child.role != "member":
            return None
        name = self.artifact.path if self.child is None else self.child.name
        wanted = taken_for(name)
        return wanted if wanted and b"\0" not in self.blob.head(HEAD) else None

    def _check_name(self, entries: list[formats.Entry]) -> None:
        """Tell of a name that promises less than the bytes are."""
        if self.child is not None and self.child.role != "member":
            return
        name = self.artifact.path if self.child is None else self.child.name
        broken = broken_promise(name, [entry.id for entry in entries])
        if broken is not None:
            message = f"the name ends in {broken[0]}, the bytes are {broken[1]}"
            values = tuple(Const(word) for word in broken)
            self.facts.append(Anomaly(kind="misnamed", message=message, values=values))

    @property
    def _source(self) -> Source:
        dialect = self.child.dialect if self.child else None
        deep = self.scan.signatures is not None or self.scan.attend is not None
        return Source(self.blob, self.budget, self.artifact.path, dialect, deep)

    def _parse(self, entry: formats.Entry) -> None:
        def parse() -> None:
            for event in entry.load().parse(self._source):
                self._take(event)

        self._guarded(parse)

    def _search(self) -> None:
        """Look for what rides along with what was read."""
        for event in self.search.run(self.artifact.format, self.facts):
            self._take(event)

    def _attend(self) -> None:
        if self.scan.attend is not None and self.artifact.format is not None:
            self.scan.attend(self.artifact, self._source, self.search.elements)

    def _guarded(self, action: Callable[[], T]) -> T | None:
        """Run `action`; the one place where the unexpected is caught."""
        try:
            return action()
        except Exception as error:
            self._broken(error)
            return None

    def _take(self, event: Event) -> None:
        if isinstance(event, Child):
            self._descend(event)
        elif isinstance(event, Incomplete):
            self._downgrade("partial", event.reason)
        elif isinstance(event, Refined):
            self.artifact.format = event.format
        elif isinstance(event, Weights):
            path = _beside(self.artifact.path, event.name)
            weights = self.scan.weights
            weights[path] = max(event.size, weights.get(path, 0))
        elif isinstance(event, Skipped):
            self._skip(event.reason, event.size)
        elif isinstance(event, Elements):
            self.search.elements.append(event)
        else:
            self.facts.append(event)
            if isinstance(event, Limit):
                self._downgrade("partial", event.message)
            if len(self.facts) > self.budget.limits.facts:
                raise BudgetError("facts", f"more than {self.budget.limits.facts} facts")

    def _descend(self, child: Child) -> None:
        if child.role == "member":
            self.budget.member()
            self.scan.report.coverage.members += 1
        self.budget.check_depth(self.depth + 1)
        self.budget.read_again(extent(child.blob))
        path = f"{self.artifact.path}!{self._unique(child.name)}"
        depth, searching = self.depth + 1, self.searching
        search = self.search.inner(child)
        reading = Reading(self.scan, self.budget, path, child.blob, depth, child, searching, search)
        reading.run()
        if child.role in ("payload", "found") and reading.artifact.format is not None:
            self.parts.append(extent(child.blob))
        found = self.search.met(child, search, self.artifact.format)
        if found is not None:
            fact, data = found
            self._take(fact)
            if self.scan.collect is not None:
                self.scan.collect(self.artifact.path, fact, data)
        if child.role == "member" and self.artifact.format in _FOLDERS:
            self.scan.shelf.see(reading.artifact, reading.facts, reading.blob)

    def _unique(self, name: str) -> str:
        """Tell members of the same name apart."""
        name = escape(name)
        times = self.names[name] = self.names.get(name, 0) + 1
        return name if times == 1 else f"{name}#{times}"

    def _broken(self, error: Exception) -> None:
        """Keep what was found, and tell what went wrong."""
        if isinstance(error, BudgetError):
            self.facts.append(Limit(name=error.limit, message=str(error)))
            self._downgrade("partial", str(error))
        elif isinstance(error, MissingExtraError):
            self._downgrade("unknown", f"{error}. {error.advice}")
        else:
            offset = error.offset if isinstance(error, ReadError) else None
            self.facts.append(
                Anomaly(kind="unreadable", message=str(error)[:500], at=Location(offset))
            )
            self._downgrade("failed", str(error) or type(error).__name__)
            self.scan.problem(self.artifact.path, error)

    def _downgrade(self, status: Status, reason: str) -> None:
        if _WORSE.index(status) > _WORSE.index(self.artifact.status):
            self.artifact.status = status
            self.artifact.reason = reason
        self._list()

    def _list(self) -> None:
        """Let this stand in the report, once."""
        if not self.listed:
            self.listed = True
            self.scan.report.artifacts.append(self.artifact)

    def _skip(self, reason: str, size: int) -> None:
        skipped = self.scan.report.coverage.skipped
        skipped[reason] = skipped.get(reason, 0) + size

    def _digest(self) -> None:
        """Hash files that are small, or all if the user wants it."""
        if self.search.sha256 is not None:
            self.artifact.sha256 = self.search.sha256
            return
        everything = self.scan.options.hash or self.scan.signatures is not None
        wanted = self.blob.size <= HASHED_SIZE or everything
        if self.artifact.status == "failed" or not wanted or not self.listed:
            return
        self._guarded(self._hash)

    def _hash(self) -> None:
        digest = hashlib.sha256()
        for offset in range(0, self.blob.size, HASHED_SIZE):
            self.budget.tick()
            digest.update(self.blob.read_at(offset, HASHED_SIZE))
        self.artifact.sha256 = digest.hexdigest()

    def judge(self) -> None:
        """Let the rules judge the facts; what they find joins the report."""
        findings = self.scan.report.findings
        before = len(findings)
        subject = Subject(self.facts, self.artifact.format, self.scan.options.vouched)
        for entry in rules.listening(subject.kinds()):
            self._guarded(partial(self._apply, entry, subject))
        if len(findings) > before and self.artifact.sha256 is None:
            self._identify_evidence(before)

    def _identify_evidence(self, start: int) -> None:
        """Tell the hash of what has findings from `start` on, also where it is not small."""
        findings = self.scan.report.findings
        worst = max(finding.severity.rank for finding in findings[start:])
        if self.artifact.status == "failed" or worst < Severity.MEDIUM.rank:
            return
        if self.blob.size <= _EVIDENCE_SIZE:
            self._guarded(self._hash)
        findings[start:] = [
            msgspec.structs.replace(finding, sha256=self.artifact.sha256)
            for finding in findings[start:]
        ]

    def _apply(self, entry: rules.Entry, subject: Subject) -> None:
        for finding in found_by(entry, subject, self.artifact):
            self.scan.report.findings.append(finding)
