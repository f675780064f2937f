"""Programs of PaddlePaddle: `.pdmodel`, a protobuf message, and `.json` of Paddle 3.

Sources: `paddle/fluid/framework/framework.proto` (ProgramDesc) and
`paddle/fluid/pir/serialize_deserialize` of PaddlePaddle 1.8 to 3.3. Every operator of every block
is looked at; only those that reach out of the program are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json
from modelassay.io.protobuf import BYTES, VARINT, Field, Wire

_LONGEST: Final = 1000
_MOST: Final = 5000
_MOST_TRIED: Final = 10_000
_TOP: Final = dict.fromkeys((1, 4, 5), BYTES)  # loaders pass over fields they do not know
_MARK: Final = b"base_code"
_MAGIC: Final = "pir"
#: Operators that call Python, use files, or talk to other machines.
REACHING: Final = frozenset(
    (
        *("py_func", "py_layer", "load", "load_combine", "save", "save_combine", "read_file"),
        *("lookup_table_dequant", "listen_and_serv", "heter_listen_and_serv", "send", "recv"),
        *("send_and_recv", "gen_nccl_id", "c_gen_nccl_id", "distributed_lookup_table"),
    )
)
_PATHS: Final = ("file_path", "file_name", "filename")


def identify(blob: Blob) -> bool:
    """Whether `blob` is a message of blocks with operators, or JSON with the magic of a program."""
    if _starts_json(blob):
        return _is_json(blob)
    wire = Wire(blob)
    operators = 0
    for count, field in enumerate(wire.fields()):
        if field.wire != _TOP.get(field.number, field.wire) or count > _MOST_TRIED:
            return False
        if field.number == 1:
            named = _named_operators(wire, field)
            if named is None:
                return False
            operators += named
    return operators > 0


def _named_operators(wire: Wire, block: Field) -> int | None:
    """Return 1 if a block has an operator with a name, `None` if a field is no block.

    A block must have the numbers 1 and 2; they may stand behind its operators.
    """
    numbers: dict[int, int] = {}
    named = 0
    for count, field in enumerate(wire.inside(block)):
        numbers.setdefault(field.number, field.wire)
        if field.number in (1, 2) and field.wire != VARINT:
            return None
        if field.number == 4 and field.wire == BYTES and not named:
            named = int(_type(wire, field).isidentifier())
        if (named and {1, 2} <= numbers.keys()) or count > _MOST_TRIED:
            break
    return named if {1, 2} <= numbers.keys() else None


def _starts_json(blob: Blob) -> bool:
    """Whether `blob` starts as an object of JSON, behind a byte order mark perhaps."""
    return blob.head(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def _is_json(blob: Blob) -> bool:
    try:
        value = find_json(blob, _MARK)
    except TooLargeError:
        return True
    code = value.last("base_code") if isinstance(value, Pairs) else None
    return isinstance(code, Pairs) and code.last("magic") == _MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield the operators that reach out, and the files they name."""
    is_json = _starts_json(source.blob)
    wire = Wire(source.blob)
    facts = _of_json(source.blob) if is_json else _of_message(wire)
    for told, fact in enumerate(facts):
        if told >= _MOST:
            yield Incomplete(f"more than {_MOST} operators reach out of the program")
            return
        yield fact
    for fault in wire.faults:
        at = Location(fault.offset)
        yield Anomaly(kind="protobuf-structure", message=fault.message, at=at)
    if wire.faults:
        yield Incomplete(f"the message is broken: {wire.faults[0].message}")


def _of_message(wire: Wire) -> Iterator[Event]:
    for block in wire.fields():
        if block.number != 1 or block.wire != BYTES:
            continue
        for operator in wire.inside(block):
            if operator.number == 4 and operator.wire == BYTES:
                kind = _type(wire, operator)
                if kind in REACHING:
                    yield _operator(kind, Location(operator.at))
                yield from _files(wire, operator, kind)


def _files(wire: Wire, operator: Field, kind: str) -> Iterator[Event]:
    for attribute in wire.inside(operator):
        if attribute.number != 4 or attribute.wire != BYTES:
            continue
        name, text = "", ""
        for field in wire.inside(attribute):
            if field.number == 1 and field.wire == BYTES:
                name = wire.text(field, 200)
            elif field.number == 5 and field.wire == BYTES:
                text = wire.text(field, _LONGEST)
        if name in _PATHS:
            yield _file(text, Location(attribute.at, kind[:100]))


def _type(wire: Wire, operator: Field) -> str:
    kind = ""
    for field in wire.inside(operator):
        if field.number == 3 and field.wire == BYTES:
            kind = wire.text(field, 200)
    return kind


def _of_json(blob: Blob) -> Iterator[Event]:
    try:
        value = find_json(blob, _MARK)
    except TooLargeError as error:
        yield Incomplete(f"the program is not read: {error}")
        return
    kind = ""
    for path, key, inner in entries(value):
        at = Location(path=path[:300])
        if key == "#" and isinstance(inner, str):
            kind = inner.rpartition(".")[2].removesuffix("_")
            if kind in REACHING and "." in inner:
                yield _operator(kind, at)
        elif key == "A" and isinstance(inner, list) and not isinstance(inner, Pairs):
            for text in _paths(inner):
                yield _file(text, at)


def _paths(attributes: list[Json]) -> Iterator[str]:
    """Yield the texts of the attributes that name a file."""
    for attribute in attributes:
        if isinstance(attribute, Pairs) and attribute.last("N") in _PATHS:
            told = attribute.last("AT")
            text = told.last("D") if isinstance(told, Pairs) else None
            if isinstance(text, str):
                yield text


def _operator(kind: str, at: Location) -> Reference:
    return Reference(target=kind, role="paddle-operator", at=at)


def _file(target: str, at: Location) -> Reference:
    return Reference(target=target[:_LONGEST], role="paddle-file", at=at)
