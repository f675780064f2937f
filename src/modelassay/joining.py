"""The reading of repositories: folders, and archives of them, whose files were read before.

Everything a repository is made of has been identified and parsed by itself; here it is looked at
together. See docs/internals/adr/0008-repositories.md.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from modelassay import repositories
from modelassay.core.facts import Fact
from modelassay.core.nesting import inner, outer, unescape
from modelassay.core.outcome import Kept
from modelassay.core.report import Artifact, Loading
from modelassay.io.blob import Blob, LocalFile, Memory
from modelassay.io.budget import Budget
from modelassay.reading import NO_FORMAT, Reading, Scan
from modelassay.repositories.base import Data, Event, File, Folder, Said

if TYPE_CHECKING:
    from modelassay.ledger import Ledger

_MOST_FOLDERS = 10_000


class Seen(msgspec.Struct, frozen=True):
    """A file that was read, kept for the repository it may belong to.

    `open` is `None` where its bytes are not kept; `facts` are those of small configurations and
    modules, `whole` is false where they were too many to keep.
    """

    artifact: Artifact
    facts: tuple[Fact, ...] = ()
    open: Callable[[], Blob] | None = None
    whole: bool = True

    @classmethod
    def of(cls, kept: Kept, open: Callable[[], Blob]) -> Seen:
        """Return what was kept of a file that `open` opens, or of a member of it."""
        if kept.inside:
            return cls(kept.artifact, kept.facts, _held(kept.data), kept.whole)
        return cls(kept.artifact, kept.facts, open, kept.whole)


def _held(data: bytes | None) -> Callable[[], Blob] | None:
    return None if data is None else partial(Memory, data)


def join(scan: Scan, seen: list[Seen]) -> None:
    """Read every repository among the files that were seen."""
    _join(scan, seen, _texts(scan))


def join_each(scan: Scan, ledger: Ledger) -> None:
    """Read every repository among the files in a ledger, those of one folder at a time.

    Artifacts of the report that a repository settles are settled there.
    """
    texts = _texts(scan)
    known = {artifact.path: artifact for artifact in scan.report.artifacts}
    for indices in _groups(ledger):
        seen = []
        for index in indices:
            kept = ledger[index]
            kept.artifact = known.get(kept.artifact.path, kept.artifact)
            seen.append(Seen.of(kept, partial(LocalFile, outer(kept.artifact.path))))
        _join(scan, seen, texts)


def _groups(ledger: Ledger) -> Iterator[Sequence[int]]:
    """Yield the files below each folder that may be a repository and is in no other such."""
    found = {root for kept in ledger for root, _ in repositories.roots(_plain(kept.artifact.path))}
    tops: list[str] = []
    for root in sorted(found):
        if not tops or not root.startswith(tops[-1]):
            tops.append(root)
    groups = [array("Q") for _ in tops]
    for index, kept in enumerate(ledger):
        path = _plain(kept.artifact.path)
        place = bisect_right(tops, path) - 1
        if place >= 0 and path.startswith(tops[place]):
            groups[place].append(index)
    yield from groups


def _texts(scan: Scan) -> dict[str, str]:
    """Return the digests of the chat templates in the report, by their paths."""
    return {
        _plain(artifact.path): artifact.sha256
        for artifact in scan.report.artifacts
        if artifact.format == "chat-template" and artifact.sha256
    }


def _join(scan: Scan, seen: list[Seen], texts: dict[str, str]) -> None:
    budget = Budget(scan.options.limits)
    paths = sorted(texts)
    for root, entries, files in _folders(seen):
        templates = {unescape(path[len(root) :]): texts[path] for path in _below(paths, root)}
        Joining(scan, budget, root, entries, files, templates).run()


def _folders(
    seen: list[Seen],
) -> Iterator[tuple[str, list[repositories.Entry], dict[str, Seen]]]:
    """Yield folders that may be repositories: their paths, the kinds, the files below them."""
    by_path = {_plain(one.artifact.path): one for one in seen}
    kinds: dict[str, dict[str, repositories.Entry]] = {}
    for path in by_path:
        for root, entry in repositories.roots(path):
            kinds.setdefault(root, {})[entry.id] = entry
    paths = sorted(by_path)
    for root in sorted(kinds)[:_MOST_FOLDERS]:
        files = {path[len(root) :]: by_path[path] for path in _below(paths, root)}
        entries = [entry for entry in repositories.REPOSITORIES if entry.id in kinds[root]]
        yield root, entries, {unescape(name): one for name, one in files.items() if not inner(name)}


def _below(paths: list[str], root: str) -> Iterable[str]:
    """Return those of sorted `paths` that start with `root`."""
    start = bisect_left(paths, root)
    end = bisect_left(paths, root + "\U0010ffff", start)
    return paths[start:end]


def _plain(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path


class Joining(Reading):
    """The reading of one folder as the kinds of repository that it may be."""

    def __init__(
        self,
        scan: Scan,
        budget: Budget,
        root: str,
        entries: list[repositories.Entry],
        seen: dict[str, Seen],
        templates: dict[str, str],
    ) -> None:
        path = f"{root}." if root.endswith("!") or not root else root[:-1] or root
        super().__init__(scan, budget, path, Memory(b""))
        self.root = root
        self.entries = entries
        self.seen = seen
        self.templates = templates
        self.said: dict[str, list[Fact]] = {}
        self.artifact.size = sum(one.artifact.size for one in seen.values())

    def run(self) -> None:
        """Read it as each kind that recognises it, and judge what they say together."""
        folder = self._folder()
        kinds = [
            entry
            for entry in self.entries
            if self._guarded(partial(_recognised, entry.load().recognise, folder))
        ]
        if not kinds:
            return
        self.artifact.format = kinds[0].id
        self._list()
        if not all(one.whole for one in self.seen.values()):
            self._downgrade("partial", "its files say more than is kept to be looked at together")
        for entry in kinds:
            self._guarded(partial(self._take_all, entry.load().read, folder))
        if self.scan.observe is not None:
            self.scan.observe(self.artifact, self.facts)
        self.judge()
        self._judge_anew()

    def _folder(self) -> Folder:
        files = {
            name: File(
                name=name,
                size=one.artifact.size,
                format=one.artifact.format,
                status=one.artifact.status,
                facts=one.facts,
                open=one.open,
                sha256=one.artifact.sha256,
            )
            for name, one in self.seen.items()
        }
        return Folder(self.artifact.path, files, self.templates)

    def _take_all(self, read: Callable[[Folder], Iterator[Event]], folder: Folder) -> None:
        for event in read(folder):
            if isinstance(event, Loading):
                self.artifact.loading += (event,)
            elif isinstance(event, Data):
                self._settle(event)
            elif isinstance(event, Said):
                self.said.setdefault(event.name, []).append(event.fact)
            else:
                self._take(event)

    def _settle(self, event: Data) -> None:
        """Take bytes of no known format for what the repository says; they were searched."""
        artifact = self.seen[event.name].artifact
        if artifact.status == "unknown" and artifact.reason == NO_FORMAT:
            artifact.format, artifact.status, artifact.reason = event.format, "scanned", None

    def _judge_anew(self) -> None:
        """Judge the files of which the repository says something with that beside their facts."""
        files = {self.seen[name].artifact.path: name for name in self.said}
        report = self.scan.report
        report.findings = [one for one in report.findings if one.artifact not in files]
        for path, name in files.items():
            reading = Reading(self.scan, self.budget, path, Memory(b""))
            reading.artifact = self.seen[name].artifact
            reading.facts = [*self.seen[name].facts, *self.said[name]]
            reading.judge()


def _recognised(recognise: Callable[[Folder], bool], folder: Folder) -> bool:
    return recognise(folder)
