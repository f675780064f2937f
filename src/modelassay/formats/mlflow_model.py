"""MLmodel: what an MLflow model is made of, and the module that loads it.

Sources: `mlflow/models/model.py`, `mlflow/pyfunc/__init__.py`, `mlflow/pyfunc/model.py` and
`mlflow/utils/model_utils.py` of MLflow 1.30 to 3.17. The file is YAML with a table of flavors. What
the files that it names hold is told by these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata, Reference
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, entries
from modelassay.io.yaml_document import Document, YamlError, read_yaml

_LARGEST: Final = 4 << 20
_LONGEST: Final = 1000
_MOST: Final = 2000
_MARK: Final = re.compile(
    rb"^[\"']?flavors[\"']?[ \t]*:|[{,]\s*[\"']flavors[\"']\s*:", re.MULTILINE
)
#: Keys of a flavor whose values are files or folders of the model.
_FILES: Final = frozenset(
    (
        *("data", "model_path", "pickled_model", "model_data", "python_model", "model_file"),
        *("model_binary", "path", "tokenizer_path", "pipeline", "components", "xgb_path"),
        *("model_data_subpath", "loader_arg", "saved_model_dir", "external_data", "h2o_model"),
    )
)
_VERSION: Final = re.compile(r"\A(?:mlflow|python|\w+)_version\Z")


def identify(blob: Blob) -> bool:
    """Whether `blob` is YAML with a table of flavors."""
    if blob.size > _LARGEST:
        return False
    head = blob.head(_LARGEST)
    if b"\0" in head or not _MARK.search(head):
        return False
    try:
        return _flavors(read_yaml(head)) is not None
    except YamlError:
        return head.startswith((b"artifact_path:", b"flavors:"))


def _flavors(document: Document) -> Pairs | None:
    value = document.value
    found = value.last("flavors") if isinstance(value, Pairs) else None
    return found if isinstance(found, Pairs) and found else None


def parse(source: Source) -> Iterator[Event]:
    """Yield what loading imports, runs and reads."""
    try:
        document = read_yaml(source.blob.head(_LARGEST))
    except YamlError as error:
        yield Anomaly(kind="broken-config", message=f"no YAML: {error}")
        yield Incomplete(f"no YAML: {error}")
        return
    for tag in document.tags[:_MOST]:
        role = "python-tag" if tag.startswith("python/") else "tag"
        yield Reference(role=role, target=tag)
    value = document.value
    if not isinstance(value, Pairs):
        return
    for name in value.duplicates():
        yield Anomaly(kind="json-duplicate", message=f"the key {name[:100]!r} stands twice")
    for told, (path, key, inner) in enumerate(entries(value)):
        if told > _MOST:
            yield Incomplete(f"the model has more than {_MOST} entries")
            return
        yield from _entry(path, key, inner)


def _entry(path: str, key: str, value: Json) -> Iterator[Event]:
    if not isinstance(value, str):
        return
    at = Location(path=visible(path[:300]))
    target = value[:_LONGEST]
    if _VERSION.match(key):
        yield Metadata(key=key, value=Const(target), at=at)
    elif not path.startswith("flavors."):
        return
    elif key == "loader_module":
        yield Reference(target=target, role="loader-module", at=at)
    elif key in ("code", "model_code_path"):
        yield Reference(target=target, role=key.replace("_", "-"), at=at)
    elif key == "uri":
        yield Reference(target=target, role="artifact-uri", at=at)
    elif key in _FILES and target:
        yield Reference(target=target, role="artifact", at=at)
