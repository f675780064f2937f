"""TensorFlow.js models: a topology, of layers or of a graph, and where its weights lie.

Source: `tfjs-core/src/io/types.ts` (ModelJSON, WeightsManifestConfig) and
`tfjs-converter/python/tensorflowjs/write_weights.py` of TensorFlow.js 1 to 4. A topology of layers
is an artifact of its own, a configuration of Keras; one of a graph is a GraphDef in JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from modelassay.core.facts import Graph, Location, Metadata, Reference, Tensor
from modelassay.core.graph import Network, Node, Part
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Source, Weights
from modelassay.io.blob import Blob, Memory
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json, write_json

_MARKS: Final = (b"weightsManifest", b"modelTopology")
_MARKS_OF_LISTS: Final = (b'"paths"',)
_LONGEST: Final = 4096
_MOST: Final = 20_000
_MOST_INPUTS: Final = 64
#: Layers of Keras that run code of Python or TensorFlow.
_ABSENT: Final = frozenset(
    (
        *("Lambda", "TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda", "ClassMethod"),
        *("TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "InstanceProperty"),
    )
)
_STATED: Final = ("format", "generatedBy", "convertedBy")
_WIDTHS: Final = {"float32": 4, "int32": 4, "bool": 1, "complex64": 8, "float16": 2, "uint8": 1}


def identify(blob: Blob) -> bool:
    """Whether `blob` is a JSON object with a manifest of weights or a topology, or a manifest."""
    try:
        value = _read(blob)
    except TooLargeError:
        return True
    keys = {key for key, _ in value} if isinstance(value, Pairs) else set()
    return bool(keys & {"weightsManifest", "modelTopology"}) or _is_manifest(value)


def _read(blob: Blob) -> Json:
    start = blob.head(256).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return find_json(blob, *(_MARKS_OF_LISTS if start == b"[" else _MARKS))


def _is_manifest(value: Json) -> bool:
    """Whether these are groups of weights, which stand in a file of their own beside a graph."""
    groups = _objects(value)
    return bool(groups) and all(
        isinstance(group.last("paths"), list) and isinstance(group.last("weights"), list)
        for group in groups
    )


def parse(source: Source) -> Iterator[Event]:
    """Yield the files of weights, the tensors in them, and the topology."""
    try:
        value = _read(source.blob)
    except TooLargeError as error:
        yield Incomplete(f"the model is not read: {error}")
        return
    if _is_manifest(value):
        yield from _manifest(value)
    for key, inner in value if isinstance(value, Pairs) else ():
        if key in _STATED and isinstance(inner, str):
            yield Metadata(key=key, value=Const(inner[:200]), at=Location(path=key))
        elif key == "weightsManifest":
            yield from _manifest(inner)
        elif key == "modelTopology" and isinstance(inner, Pairs):
            yield from _topology(inner)


def _topology(topology: Pairs) -> Iterator[Event]:
    keys = {key for key, _ in topology}
    if "node" in keys or "library" in keys:
        yield Graph(dialect="tfjs", network=_network(topology), at=Location(path="modelTopology"))
        if "model_config" not in keys:
            return
    yield from _supplied(topology)
    data = write_json(topology).encode("utf-8", "backslashreplace")
    yield Child("modelTopology", Memory(data), role="content", format="keras-config")


def _supplied(topology: Pairs) -> Iterator[Reference]:
    """Yield the layers of Keras that TensorFlow.js has not: the page has to bring their class."""
    for path, key, inner in entries(topology):
        if key == "class_name" and isinstance(inner, str) and inner in _ABSENT:
            yield Reference(target=inner, role="custom-layer", at=Location(path=path[:300]))


def _network(topology: Pairs) -> Network:
    """Return the graph, and the functions of its library: what JSON has of a GraphDef."""
    parts = [Part("main", nodes=_nodes(topology.last("node")))]
    library = topology.last("library")
    functions = library.last("function") if isinstance(library, Pairs) else None
    for function in _objects(functions)[:_MOST]:
        signature = function.last("signature")
        name = signature.last("name") if isinstance(signature, Pairs) else ""
        parts.append(Part(str(name)[:200], nodes=_nodes(function.last("nodeDef"))))
    return Network(parts)


def _nodes(listed: Json) -> list[Node]:
    nodes = []
    for node in _objects(listed):
        name, inputs = str(node.last("name"))[:200], _texts(node.last("input"))
        given = tuple(one[:200] for one in inputs[:_MOST_INPUTS])
        nodes.append(Node(str(node.last("op"))[:200], given, (name,), name=name))
    return nodes


def _objects(value: Json) -> list[Pairs]:
    return [one for one in value if isinstance(one, Pairs)] if isinstance(value, list) else []


def _manifest(manifest: Json) -> Iterator[Event]:
    for number, group in enumerate(_objects(manifest)[:_MOST]):
        at = Location(path=f"weightsManifest[{number}]")
        size = 0
        for tensor in _tensors(group, at):
            size += tensor.size or 0
            yield tensor
        paths = [path for key, inner in group if key == "paths" for path in _texts(inner)]
        for path in paths[:_MOST]:
            target = unquote(path[:_LONGEST])  # as a URL, which browsers take it for
            yield Reference(target=target, role="weight-file", at=at)
        for path in paths[:_MOST]:
            yield Weights(path, size)


def _tensors(group: Pairs, at: Location) -> Iterator[Tensor]:
    for key, inner in group:
        for item in inner if key == "weights" and isinstance(inner, list) else ():
            if isinstance(item, Pairs):
                yield _tensor(item, at)


def _tensor(entry: Pairs, at: Location) -> Tensor:
    """Return a tensor; a quantized one has the type of what is stored."""
    quantization = entry.last("quantization")
    stored = quantization.last("dtype") if isinstance(quantization, Pairs) else None
    dtype = stored if isinstance(stored, str) else entry.last("dtype")
    shape = entry.last("shape")
    sides = [side for side in shape if isinstance(side, int)] if isinstance(shape, list) else []
    size = _WIDTHS.get(dtype) if isinstance(dtype, str) else None
    for side in sides:
        size = None if size is None else size * max(side, 0)
    name, dtype = str(entry.last("name"))[:200], str(dtype)[:40]
    return Tensor(name=name, dtype=dtype, shape=tuple(sides), size=size, at=at)


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
