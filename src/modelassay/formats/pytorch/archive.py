"""PyTorch zip archives: `torch.save` since 1.6, TorchScript, `torch.package`, `torch.export`.

Source: `torch/serialization.py` (`_save`, `_load`), `caffe2/serialize/inline_container.cc`,
`torch/csrc/jit/serialization/export_module.cpp`, `torch/package/package_exporter.py` and
`torch/export/pt2_archive/constants.py` of PyTorch 2.13. An archive holds pickles and, in a folder
beside them, a record for each storage. Records that the pickles claim are tensor data and are not
read; all others are artifacts of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly
from modelassay.core.values import Const
from modelassay.formats import zip as zip_format
from modelassay.formats.base import Child, Elements, Event, Refined, Skipped, Source
from modelassay.formats.pytorch.bytecode import BytecodeDialect
from modelassay.formats.pytorch.dialect import TorchDialect
from modelassay.formats.pytorch.storages import Storages
from modelassay.io.blob import Blob

#: Members by which an archive is known, below its one top folder.
_PICKLES: Final = ("data.pkl", "bytecode.pkl", "constants.pkl")
_PACKAGE: Final = ".data/extern_modules"
_TORCHSCRIPT: Final = ("constants.pkl", "bytecode.pkl")
_EXPORTED: Final = "archive_format"
_MARKS: Final = (*_PICKLES, _PACKAGE, _EXPORTED)
_BYTECODE: Final = "bytecode.pkl"
#: Where the source of TorchScript stands, also that inside a package.
_CODE: Final = "/code/"
#: Where `torch.export` writes graphs.
_GRAPHS: Final = "/models/"
_PACKAGED_CODE: Final = ".data/ts_code/code/"
#: Folders of records beside a pickle, besides one of the pickle's own name.
_FOLDERS: Final = ("data", "constants")
_PACKAGED: Final = ".data"
_TRACED: Final = "/traced_inputs/"
_MOST_NAMED: Final = 20


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip whose directory names the pickles of a PyTorch archive."""
    listed = chain.from_iterable(zip_format.listings(blob))
    return any(_is_mark(name.decode("latin-1")) for name in listed)


def _is_mark(name: str) -> bool:
    inner = name.partition("/")[2]
    return inner in _MARKS or name in _PICKLES


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields, claimed records skipped, with what is wrong with the others."""
    archive = zip_format.read(source.blob, source.budget)
    names = {entry.name for entry in archive.entries}
    inner = {name.partition("/")[2] for name in names} | names
    packaged, exported = _PACKAGE in inner, _EXPORTED in inner
    if packaged:
        yield Refined("torch-package")
    elif any(name in inner for name in _TORCHSCRIPT):
        yield Refined("torchscript")
    elif exported:
        yield Refined("torch-export")
    volumes = list(_volumes(archive.entries, source.deep))
    owner = {id(entry): volume for volume in volumes for entry in volume.entries}
    archive.entries[:] = [entry for volume in volumes for entry in volume.entries]

    def skip(entry: zip_format.Entry) -> Skipped | None:
        return owner[id(entry)].skip(entry)

    def dress(entry: zip_format.Entry, child: Child) -> Child:
        dialect = owner[id(entry)].dialect(entry.name)
        form = _code_format(entry.name, packaged, exported) or child.format
        return msgspec.structs.replace(child, dialect=dialect, format=form)

    yield from zip_format.walk(archive, skip, dress)
    if source.deep:
        for volume in volumes:
            yield from volume.elements()
    for volume in volumes:
        yield from _unclaimed(n for n in volume.records if n not in volume.storages.claims)


class _Volume:
    """One of the archives in a file: its pickles come before their records.

    A distributed checkpoint has one for each tensor, with the same names in all of them.
    """

    def __init__(self, entries: list[zip_format.Entry], named: bool) -> None:
        names = {entry.name for entry in entries}
        self.records: dict[str, zip_format.Entry] = {}
        for entry in entries:
            if _is_record(entry.name, names):
                self.records.setdefault(entry.name, entry)
        self.entries = sorted(entries, key=lambda e: self.records.get(e.name) is e)
        # The inputs a module was traced with are kept by their shapes alone.
        self.storages = Storages(
            {n: None if _TRACED in n and not e.size else e.size for n, e in self.records.items()},
            named,
        )

    def skip(self, entry: zip_format.Entry) -> Skipped | None:
        """Pass over a record that is what a pickle claims."""
        claim = self.storages.claims.get(entry.name)
        trusted = self.records.get(entry.name) is entry and not entry.aliases
        if claim is None or not trusted or claim.size != entry.size:
            return None
        return Skipped("tensor data", entry.stored)

    def elements(self) -> Iterator[Elements]:
        """Yield where the storages that the pickles claim lie, but for compressed ones."""
        for name, claim in self.storages.claims.items():
            entry = self.records.get(name)
            at = entry.data if entry is not None and entry.stored == claim.size else None
            if at is not None:
                yield Elements(self.storages.name_of(name), claim.dtype, at, claim.size)

    def dialect(self, pickle: str) -> TorchDialect:
        """Return what tells a pickle of its storages."""
        mobile = pickle.rpartition("/")[2] == _BYTECODE
        kind = BytecodeDialect if mobile else TorchDialect
        return kind(self.storages, _namer(pickle, self.records))


def _volumes(entries: list[zip_format.Entry], named: bool) -> Iterator[_Volume]:
    """Part the members by the directory they stand in; those of none go with the last."""
    group: list[zip_format.Entry] = []
    end = -1
    for entry in entries:
        header = entry.header
        if group and header.at != end and not entry.hidden:
            yield _Volume(group, named)
            group = []
        group.append(entry)
        end = header.at + header.length if not entry.hidden else end
    yield _Volume(group, named)


def _is_record(name: str, names: Container[str]) -> bool:
    """Whether a member stands where the bytes of a storage do: in a folder named as a pickle."""
    folder, _, last = name.rpartition("/")
    parent = folder.rpartition("/")[2]
    if parent == _PACKAGED:
        return last.endswith(".storage")
    known = parent in _FOLDERS or f"{folder}.pkl" in names
    return known and bool(last) and "." not in last


def _code_format(name: str, packaged: bool, exported: bool) -> str | None:
    """Return the format of a member that holds source or a graph, `None` for any other."""
    if exported and _GRAPHS in f"/{name}" and name.endswith(".json"):
        return "torch-export-graph"
    if not name.endswith(".py"):
        return None
    if packaged and _PACKAGED_CODE not in name:
        return "python-source"
    return "torchscript-source" if _CODE in f"/{name}" else None


def _namer(pickle: str, records: Container[str]) -> Callable[[str], str]:
    """Return what tells the name of the record that a key in a pickle stands for."""
    folder, slash, last = pickle.rpartition("/")
    root = pickle.partition("/")[0] if slash else ""
    own = last.rpartition(".")[0]
    places = [(f"{folder}{slash}{beside}/", "") for beside in (own, *_FOLDERS)]
    places += [(f"{root}{slash}{beside}/", "") for beside in _FOLDERS]
    places.append((f"{root}{slash}{_PACKAGED}/", ".storage"))

    def name(key: str) -> str:
        for before, behind in places:
            if before + key + behind in records:
                return before + key + behind
        return f"{folder}{slash}{_FOLDERS[0]}/{key}"

    return name


def _unclaimed(names: Iterable[str]) -> Iterator[Event]:
    left = sorted(names)
    if left:
        message = f"{len(left)} records are the storage of no tensor, such as {left[0]!r}"
        values = tuple(Const(name) for name in left[:_MOST_NAMED])
        yield Anomaly(kind="storage-unclaimed", message=message, values=values)
