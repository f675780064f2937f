"""ONNX models in protobuf's text format, which `onnx.load` takes as `textproto`.

Source: the text format of protobuf, and `onnx/onnx.proto` of ONNX 1.2 to 1.23. The text is turned
into the wire form and read as that, so offsets are not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly, Fact, Location, without_offsets
from modelassay.formats import onnx
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.onnx.tensors import TYPES
from modelassay.io.blob import Blob, Memory
from modelassay.io.textproto import Encoded, encode, schema

_HEAD: Final = 1 << 16
_LARGEST: Final = 1 << 26
_FIRST: Final = re.compile(r"(?:\s++|#[^\n]*+)*+(\w+)\s*[:{<]")
_SCHEMA: Final = schema(
    ModelProto=(
        "ir_version:1:int producer_name:2:text producer_version:3:text domain:4:text "
        "model_version:5:int doc_string:6:text graph:7:GraphProto opset_import:8:OperatorSet "
        "metadata_props:14:Pair training_info:20:TrainingInfo functions:25:Function"
    ),
    OperatorSet="domain:1:text version:2:int",
    Pair="key:1:text value:2:text",
    TrainingInfo="initialization:1:GraphProto algorithm:2:GraphProto",
    GraphProto=(
        "node:1:Node name:2:text initializer:5:Tensor doc_string:10:text input:11:ValueInfo "
        "output:12:ValueInfo value_info:13:ValueInfo sparse_initializer:15:SparseTensor "
        "metadata_props:16:Pair"
    ),
    Function=(
        "name:1:text input:4:text output:5:text attribute:6:text node:7:Node doc_string:8:text "
        "opset_import:9:OperatorSet domain:10:text attribute_proto:11:Attribute"
    ),
    Node=(
        "input:1:text output:2:text name:3:text op_type:4:text attribute:5:Attribute "
        "doc_string:6:text domain:7:text overload:8:text"
    ),
    Attribute=(
        "name:1:text f:2:float i:3:int s:4:text t:5:Tensor g:6:GraphProto floats:7:float "
        "ints:8:int strings:9:text tensors:10:Tensor graphs:11:GraphProto doc_string:13:text "
        "type:20:int "
        "ref_attr_name:21:text sparse_tensor:22:SparseTensor sparse_tensors:23:SparseTensor"
    ),
    Tensor=(
        "dims:1:int data_type:2:int float_data:4:float int32_data:5:int string_data:6:text "
        "int64_data:7:int name:8:text raw_data:9:text uint64_data:11:int doc_string:12:text "
        "external_data:13:Pair data_location:14:int"
    ),
    SparseTensor="values:1:Tensor indices:2:Tensor dims:3:int",
    ValueInfo="name:1:text type:2:Type doc_string:3:text",
    Type="tensor_type:1:TensorType sequence_type:4:Wrapped map_type:5:Wrapped",
    TensorType="elem_type:1:int",
    Wrapped="elem_type:1:Type",
)
_WORDS: Final = {"EXTERNAL": 1, "FLOAT": 1, "DOUBLE": 11} | {
    name.upper(): number for number, name in enumerate(TYPES)
}


def identify(blob: Blob) -> bool:
    """Whether `blob` is text whose first messages are those of a model."""
    head = blob.head(_HEAD).decode("utf-8", "replace")
    found = _FIRST.match(head)
    if found is None or found[1] not in _SCHEMA["ModelProto"]:
        return False
    return onnx.identify(Memory(_encoded(head).data))


def parse(source: Source) -> Iterator[Event]:
    """Yield what the wire form of the text yields."""
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    encoded = _encoded(text)
    for event in onnx.parse(msgspec.structs.replace(source, blob=Memory(encoded.data))):
        yield without_offsets(event) if isinstance(event, Fact) else event
    if encoded.fault is not None:
        at = Location(encoded.offset)
        yield Anomaly(kind="protobuf-structure", message=encoded.fault, at=at)
        yield Incomplete(f"the text is broken: {encoded.fault}")
    elif source.blob.size > _LARGEST:
        yield Incomplete(f"only the first {_LARGEST} bytes of the text are read")


def _encoded(text: str) -> Encoded:
    return encode(text, _SCHEMA, "ModelProto", _WORDS)
