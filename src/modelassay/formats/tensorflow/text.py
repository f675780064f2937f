"""The text form of TensorFlow's messages, `saved_model.pbtxt` and `graph.pbtxt`.

Source: the text format of protobuf, and the messages named in the rest of this room, TensorFlow 1.0
to 2.21. The text is turned into the wire form and read as that, so offsets are not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly, Fact, Location, without_offsets
from modelassay.formats import tensorflow
from modelassay.formats.base import Event, Incomplete, Refined, Source
from modelassay.io.blob import Blob, Memory
from modelassay.io.textproto import Encoded, encode, schema

_HEAD: Final = 1 << 16
_LARGEST: Final = 1 << 26
_FIRST: Final = re.compile(r"(?:\s++|#[^\n]*+)*+(\w+)\s*[:{<]")
_SCHEMA: Final = schema(
    SavedModel="saved_model_schema_version:1:int meta_graphs:2:MetaGraphDef",
    MetaGraphDef=(
        "meta_info_def:1:MetaInfoDef graph_def:2:GraphDef collection_def:4:CollectionEntry "
        "signature_def:5:SignatureEntry asset_file_def:6:AssetFileDef "
        "object_graph_def:7:SavedObjectGraph"
    ),
    MetaInfoDef="tags:4:text tensorflow_version:5:text",
    CollectionEntry="key:1:text value:2:CollectionDef",
    CollectionDef="node_list:1:NodeList",
    NodeList="value:1:text",
    SignatureEntry="key:1:text value:2:SignatureDef",
    SignatureDef="inputs:1:TensorInfoEntry outputs:2:TensorInfoEntry method_name:3:text",
    TensorInfoEntry="key:1:text value:2:TensorInfo",
    TensorInfo="name:1:text dtype:2:int",
    AssetFileDef="tensor_info:1:TensorInfo filename:2:text",
    SavedObjectGraph="nodes:1:SavedObject",
    SavedObject=(
        "children:1:ObjectReference user_object:4:SavedUserObject function:6:SavedFunction "
        "bare_concrete_function:8:BareFunction"
    ),
    ObjectReference="node_id:1:int local_name:2:text",
    SavedUserObject="identifier:1:text metadata:3:text",
    SavedFunction="concrete_functions:1:text",
    BareFunction="concrete_function_name:1:text",
    GraphDef="node:1:NodeDef library:2:FunctionDefLibrary version:3:int",
    NodeDef="name:1:text op:2:text input:3:text device:4:text attr:5:AttrEntry",
    AttrEntry="key:1:text value:2:AttrValue",
    AttrValue=(
        "list:1:ListValue s:2:text i:3:int f:4:float b:5:int type:6:int shape:7:TensorShapeProto "
        "tensor:8:TensorProto placeholder:9:text func:10:NameAttrList"
    ),
    ListValue="s:2:text i:3:int f:4:float b:5:int type:6:int tensor:8:TensorProto "
    "func:9:NameAttrList",
    NameAttrList="name:1:text attr:2:AttrEntry",
    TensorProto=(
        "dtype:1:int tensor_shape:2:TensorShapeProto tensor_content:4:text int_val:7:int "
        "string_val:8:text int64_val:10:int"
    ),
    TensorShapeProto="dim:2:Dim unknown_rank:3:int",
    Dim="size:1:int name:2:text",
    FunctionDefLibrary="function:1:FunctionDef",
    FunctionDef="signature:1:OpDef node_def:3:NodeDef ret:4:StringEntry control_ret:6:StringEntry",
    OpDef="name:1:text input_arg:2:ArgDef output_arg:3:ArgDef",
    ArgDef="name:1:text type:3:int",
    StringEntry="key:1:text value:2:text",
)
_TYPES: Final = {
    f"DT_{name}": number
    for number, name in enumerate(
        (
            *("INVALID", "FLOAT", "DOUBLE", "INT32", "UINT8", "INT16", "INT8", "STRING"),
            *("COMPLEX64", "INT64", "BOOL", "QINT8", "QUINT8", "QINT32", "BFLOAT16", "QINT16"),
            *("QUINT16", "UINT16", "COMPLEX128", "HALF", "RESOURCE", "VARIANT", "UINT32", "UINT64"),
        )
    )
}


def identify(blob: Blob) -> bool:
    """Whether `blob` is text whose first messages are those of a graph."""
    head = blob.head(_HEAD).decode("utf-8", "replace")
    root = _root(head)
    return root is not None and tensorflow.identify(Memory(_encoded(head, root).data))


def parse(source: Source) -> Iterator[Event]:
    """Yield what the wire form of the text yields."""
    data = source.blob.head(_LARGEST)
    text = data.decode("utf-8", "replace")
    encoded = _encoded(text, _root(text) or "GraphDef")
    for event in tensorflow.parse(msgspec.structs.replace(source, blob=Memory(encoded.data))):
        if isinstance(event, Refined):
            yield Refined(f"{event.format}-text")
        else:
            yield without_offsets(event) if isinstance(event, Fact) else event
    if encoded.fault is not None:
        at = Location(encoded.offset)
        yield Anomaly(kind="protobuf-structure", message=encoded.fault, at=at)
        yield Incomplete(f"the text is broken: {encoded.fault}")
    elif source.blob.size > _LARGEST:
        yield Incomplete(f"only the first {_LARGEST} bytes of the text are read")


def _encoded(text: str, root: str) -> Encoded:
    return encode(text, _SCHEMA, root, _TYPES)


def _root(text: str) -> str | None:
    """Return the message a text is, by the name of its first field."""
    found = _FIRST.match(text)
    for root in ("SavedModel", "MetaGraphDef", "GraphDef"):
        if found is not None and (found[1] in _SCHEMA[root] or found[1] == "versions"):
            return root if found[1] in _SCHEMA[root] else "GraphDef"
    return None
