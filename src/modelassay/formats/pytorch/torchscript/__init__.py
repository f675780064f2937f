"""TorchScript source: the members `code/**/*.py` of an archive, read by their tokens.

Source: `torch/csrc/jit/frontend/lexer.h`, `torch/csrc/jit/serialization/python_print.cpp` and
`import_source.cpp` of PyTorch 2.13. What is told of it are the operators it names, called or not,
under the names Python has for them: `torch.ops.aten.save` for `torch.save`, `torch.ops.mine.op` for
`ops.mine.op`, `torch.classes.mine.C` for a class of C++. A method of anything, which may as well be
an operator, is `?.name`; a whole namespace used as a value ends in `.*`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, Limit, Location
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.pytorch.torchscript.reader import read
from modelassay.io.blob import Blob

_LONGEST: Final = 32 << 20
_LISTED: Final = 1 << 14
_LONGEST_LINE: Final = 300


def identify(blob: Blob) -> bool:
    """Never by itself: the archive around it tells."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield what the source refers to."""
    text = source.blob.head(_LONGEST).decode("utf-8", "replace")
    found = read(text, source.budget)
    yield Code(
        name=source.name.rpartition("!")[2],
        language="torchscript",
        references=tuple(found.references),
        listing=tuple(line[:_LONGEST_LINE] for line in text[:_LISTED].splitlines()),
        complete=not found.fault,
        at=Location(0),
    )
    if source.blob.size > _LONGEST:
        message = f"{source.blob.size - _LONGEST} bytes of TorchScript were not read"
        yield Limit(name="text", message=message)
    if found.fault:
        yield Incomplete(found.fault)
