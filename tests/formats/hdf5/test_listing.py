"""What h5py lists in a file is what the parser finds: objects, links, attributes, storage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.facts import Metadata, Reference, Tensor
from modelassay.formats import hdf5
from modelassay.formats.hdf5 import superblock
from modelassay.formats.hdf5.file import File
from modelassay.formats.hdf5.objects import Object, Objects
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from tests.formats.exploring import explore

DATA = Path(__file__).parents[2] / "data"
SAMPLES = sorted(DATA.glob("hdf5-*/*.h5"))
VARIABLE = 9


def read(path: Path) -> tuple[list[Object], File]:
    blob = Memory(path.read_bytes())
    place = superblock.find(blob)
    assert place is not None
    file = File(blob, Budget(), place)
    block = superblock.read(file)
    objects = Objects(file)
    objects.read_extension(block)
    assert block.root is not None
    return list(objects.walk(block.root)), file


def described(found: Object) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "attributes": sorted(attribute.name for attribute in found.attributes),
        "links": sorted([one.name, one.type, one.target, one.file] for one in found.links),
    }
    if found.dataset is not None:
        data = found.dataset
        entry["dataset"] = {
            "shape": list(data.space.shape),
            "size": None if data.type.type == VARIABLE else data.type.size,
            "chunks": list(data.layout.chunk),
            "filters": sorted(step.id for step in data.filters),
            "external": [[one.file, one.offset, one.size] for one in data.external],
            "virtual": [[one.file, one.dataset] for one in data.virtual],
        }
    return entry


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_all_that_h5py_lists_is_found(path: Path) -> None:
    listed = json.loads((path.parent / "listing.json").read_bytes())[path.name]
    found, file = read(path)
    assert sorted(map(described, found), key=json.dumps) == listed
    assert [event for event in file.events if getattr(event, "kind", "") != "hdf5-cycle"] == []


def test_there_are_samples_of_every_kind() -> None:
    names = {path.name for path in SAMPLES}
    assert {"earliest.h5", "v108.h5", "v110.h5", "latest.h5", "large.h5"} <= names
    versions = {
        superblock.read(
            File(Memory(p.read_bytes()), Budget(), superblock.find(Memory(p.read_bytes())) or 0)
        ).version
        for p in SAMPLES
    }
    assert versions == {0, 2, 3}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_whole_file_is_complete_and_says_where_it_leads(path: Path) -> None:
    found = explore(path)
    assert found.formats == ["hdf5"]
    assert found.reasons == []
    assert set(found.anomalies) <= {"hdf5-cycle", "hdf5-filter", "hdf5-user-block"}
    roles = {(one.role, one.target) for one in found.of(Reference)}
    if path.name == "large.h5":
        assert roles == set()
        return
    expected = {("hdf5-external-link", "other.h5"), ("hdf5-external-storage", "raw.bin")}
    if path.name.startswith(("v110", "latest")):
        expected.add(("hdf5-virtual-source", "source.h5"))
    assert roles == expected
    assert sum(one.count for one in found.of(Tensor)) > 20


def test_elements_are_not_read() -> None:
    found = explore(DATA / "keras-3.15.1" / "plain.h5")
    assert found.skipped["dataset elements"] == sum(
        (one.size or 0) * one.count for one in found.of(Tensor)
    )


@pytest.mark.parametrize("folder", ["keras-2.15.0", "keras-3.15.1"])
def test_the_configuration_is_handed_on(folder: str) -> None:
    found = explore(DATA / folder / "plain.h5")
    inside = {one.path.partition("!")[2]: one.formats for one in found.inside}
    assert inside == {"@model_config": ["keras-config"], "@training_config": ["keras-config"]}
    stated = {fact.key for fact in found.facts if isinstance(fact, Metadata)}
    assert {"keras_version", "backend"} <= stated


def test_a_tar_that_begins_with_one_is_a_tar() -> None:
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(DATA / "hdf5-3.14.0" / "latest.h5", "latest.h5")
    assert not hdf5.identify(Memory(buffer.getvalue()))
