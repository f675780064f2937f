"""What a MetaGraphDef says beside its graph: signatures, initialisation, assets, objects.

Source: `tensorflow/core/protobuf/` meta_graph.proto, saved_object_graph.proto and trackable_object_
graph.proto of TensorFlow 1.0 to 2.21; `tensorflow/python/saved_model/` loader_impl.py, load.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.graph import Entry
from modelassay.formats.tensorflow.graphs import bare
from modelassay.io.protobuf import BYTES, VARINT, Field, Wire

_MOST_TEXT: Final = 1000
_MOST: Final = 100_000
#: Keys of collections, and of signatures, whose operations run when the model is loaded or trained.
_INIT: Final = ("saved_model_main_op", "legacy_init_op", "__saved_model_init_op", "init_op")
_TRAIN: Final = ("saved_model_train_op", "__saved_model_train_op")
#: The collection of assets, which a loader reads where the graph has no list of them.
_ASSETS: Final = "saved_model_assets"
#: Functions of objects that run when they are restored.
_RESTORED: Final = ("_initialize", "_create_resource", "_destroy_resource")


class MetaGraph:
    """The parts of a MetaGraphDef, as they are met.

    `assets` are the nodes for which a loader puts the path of an asset, `files` the names of the
    assets and where they stand, `metadata` texts of objects such as the configuration of Keras.
    """

    def __init__(self, wire: Wire, meta: Field) -> None:
        self.wire = wire
        self.graphs: list[Field] = []
        self.assets: set[str] = set()
        self.files: list[tuple[str, int]] = []
        self.texts: list[tuple[str, str, int]] = []
        self.metadata: list[tuple[str, Field]] = []
        self._entries: list[Entry] = []
        self._collected: list[Field] = []
        for field in wire.inside(meta):
            if field.wire == BYTES:
                self._take(field)
        for asset in () if self.assets or self.files else self._collected:
            self._asset(asset)

    def entries(self) -> list[Entry]:
        """Return where loading, training and serving start."""
        return self._entries[:_MOST]

    def _take(self, field: Field) -> None:
        match field.number:
            case 1:
                self._info(field)
            case 2:
                self.graphs.append(field)
            case 4:
                self._collection(field)
            case 5:
                self._signature(field)
            case 6:
                self._asset(field)
            case 7:
                self._objects(field)

    def _info(self, info: Field) -> None:
        for field in self.wire.inside(info):
            if field.wire == BYTES and field.number in (4, 5):
                key = "tag" if field.number == 4 else "tensorflow_version"
                self.texts.append((key, self.wire.text(field, _MOST_TEXT), field.at))

    def _collection(self, entry: Field) -> None:
        """Keep the operations of collections that a loader runs, and the assets."""
        key, values = self._pair(entry)
        if key == _ASSETS and values is not None:
            for listed in self._inside(values, 5):
                for packed in self._inside(listed, 1):
                    self._collected += self._inside(packed, 2)
        if key not in (*_INIT, *_TRAIN) or values is None:
            return
        names = [
            bare(self.wire.text(name, _MOST_TEXT))
            for listed in self._inside(values, 1)
            for name in self._inside(listed, 1)
        ]
        self._add(key, names)

    def _signature(self, entry: Field) -> None:
        key, signature = self._pair(entry)
        names = []
        if signature is not None:
            for output in self._inside(signature, 2):
                info = self._pair(output)[1]
                if info is not None:
                    names += [bare(self.wire.text(f, _MOST_TEXT)) for f in self._inside(info, 1)]
        self._add(key, names)

    def _add(self, key: str, names: list[str]) -> None:
        kind = "init" if key in _INIT else "train" if key in _TRAIN else "signature"
        if names:
            self._entries.append(Entry(kind, key, "main", tuple(names)))

    def _asset(self, asset: Field) -> None:
        for field in self.wire.inside(asset):
            if field.number == 1 and field.wire == BYTES:
                names = [self.wire.text(inner, _MOST_TEXT) for inner in self._inside(field, 1)]
                self.assets.update(bare(name) for name in names)
            elif field.number == 2 and field.wire == BYTES:
                self.files.append((self.wire.text(field, 4096), field.at))

    def _objects(self, graph: Field) -> None:
        """Keep the functions that run when objects are restored, and their metadata."""
        objects: list[tuple[str, ...]] = []
        wanted: list[tuple[str, int]] = []
        for count, saved in enumerate(self._inside(graph, 1)):
            if count >= _MOST:
                break
            objects.append(tuple(self._functions(saved)))
            wanted += self._children(saved)
            for user in self._inside(saved, 4):
                self.metadata += [("object", text) for text in self._inside(user, 3) if text.size]
        for name, number in wanted:
            if number < len(objects):
                self._entries += [Entry("init", name, function) for function in objects[number]]

    def _children(self, saved: Field) -> Iterator[tuple[str, int]]:
        """Yield the name and number of each child that is a function run on restoring."""
        for child in self._inside(saved, 1):
            number, name = 0, ""
            for field in self.wire.inside(child):
                if field.number == 1 and field.wire == VARINT:
                    number = field.value
                elif field.number == 2 and field.wire == BYTES:
                    name = self.wire.text(field, _MOST_TEXT)
            if name in _RESTORED:
                yield name, number

    def _functions(self, saved: Field) -> Iterator[str]:
        for number in (6, 8):  # a function, and one that has a single form
            for function in self._inside(saved, number):
                for name in self._inside(function, 1):
                    yield self.wire.text(name, _MOST_TEXT)

    def _pair(self, entry: Field) -> tuple[str, Field | None]:
        """Return the key and the value of an entry of a map."""
        key, value = "", None
        for field in self.wire.inside(entry):
            if field.wire == BYTES and field.number == 1:
                key = self.wire.text(field, _MOST_TEXT)
            elif field.wire == BYTES and field.number == 2:
                value = field
        return key, value

    def _inside(self, message: Field, number: int) -> Iterator[Field]:
        for field in self.wire.inside(message):
            if field.number == number and field.wire == BYTES:
                yield field
