"""spaCy pipelines: a configuration, and a folder for each component.

Sources: `spacy/util.py` (`load_model_from_path`), `spacy/language.py` (`from_disk`) of spaCy 3.8.
What the configuration has built by name is told by its format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.report import Loading
from modelassay.repositories.base import Data, Event, Folder, loaded

_CONFIG: Final = "config.cfg"
_MARKS: Final = ("meta.json", "tokenizer", "vocab/strings.json")
_PACKAGE: Final = "__init__.py"
#: MessagePack of plain values; a component's own files may hold more.
_DATA: Final = ("vocab/lookups.bin", "vocab/key2row")
_MOST: Final = 100


def recognise(folder: Folder) -> bool:
    """Whether there are a configuration and what stands beside it in every pipeline."""
    return _CONFIG in folder and folder.first(*_MARKS) is not None


def read(folder: Folder) -> Iterator[Event]:
    """Yield what loading takes, and the code of a package."""
    names = sorted(name for name in folder.files if "/" in name and not name.endswith(".py"))
    takes = (*folder.present(_CONFIG, *_MARKS[:2]), *names)
    yield Loading("spacy.load", takes[:_MOST])
    for name in folder.present(*_DATA):
        yield Data(name, "spacy-data")
    if _PACKAGE in folder:
        yield from loaded(folder.files[_PACKAGE])
        yield Loading("import of the package", runs=(_PACKAGE,))
