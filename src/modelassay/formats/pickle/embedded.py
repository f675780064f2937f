"""Models in a format of their own, which classes keep as bytes or text in their state.

Sources: `__getstate__` of `xgboost/core.py`, `lightgbm/basic.py`, `catboost/core.py` and
`sentencepiece/__init__.py`; `bindings/python/src/tokenizer.rs` of tokenizers;
`google/protobuf/message.py`, which ONNX models are pickled by; `sklearn_crfsuite/_fileresource.py`.
What the bytes are is told by themselves alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modelassay.formats.base import Child
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.dialect import Dialect, fields_of, maker_of
from modelassay.formats.pickle.payloads import ENCODERS
from modelassay.formats.pickle.store import GLOBAL, MADE, TUPLE
from modelassay.io.blob import Blob, Memory

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_LONGEST_TEXT: Final = 1 << 26
_MOST_CALLS: Final = 2  # bytearray(encode(text)), below protocol 3
_BOOSTERS: Final = (("xgboost.core", "Booster"), ("lightgbm.basic", "Booster"))
_CATBOOST: Final = ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker")
_ONNX: Final = tuple(f"onnx.onnx_{kind}pb2" for kind in ("", "ml_", "ml_pb2.onnx_"))
#: The attributes of each class that hold a model; none where the state is the model.
_KEPT: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    **dict.fromkeys(_BOOSTERS, ("handle", "_handle")),
    **{("catboost.core", name): ("__model",) for name in _CATBOOST},
    **{(room, "ModelProto"): ("serialized",) for room in _ONNX},
    ("sklearn_crfsuite._fileresource", "FileResource"): ("bytes",),
    ("tokenizers", "Tokenizer"): (),
    ("sentencepiece", "SentencePieceProcessor"): ("serialized_model_proto",),
}


class EmbeddedDialect(Dialect):
    """Hands on the models that are kept in the state of known classes."""

    watch = frozenset(_KEPT)

    def built(self, machine: Machine, target: int, state: int, position: int) -> int:
        """Hand on what the state holds, and go on as plain pickle does."""
        held = fields_of(machine, state)
        for name in _KEPT.get(maker_of(machine, target), ()):
            _hand_on(machine, name, held.get(name))
        if not held:
            _hand_on(machine, "state", state)
        return position


def _hand_on(machine: Machine, name: str, ref: int | None) -> None:
    blob = None if ref is None else _octets(machine, ref)
    if blob is not None and blob.size:
        path = f"{machine.recorder.here.path} {name}"
        at = machine.recorder.here.offset
        machine.recorder.tell(Child(path, blob, role="payload", place=name, at=at))


def _octets(machine: Machine, ref: int) -> Blob | None:
    """Return what a constant holds, or what is made of one by callables that encode it."""
    store, constants = machine.store, machine.recorder.constants
    encoding = "utf-8"
    for _ in range(_MOST_CALLS):
        if store.kind(ref) != MADE:
            break
        callable_, args, _, _ = store.parts(ref)
        if store.kind(callable_) != GLOBAL or store.name(callable_) not in ENCODERS:
            return None
        ref = next(store.items(args), -1) if store.kind(args) == TUPLE else -1
        encoding = "latin-1"
    if ref < 0:
        return None
    code, _, length = constants.raw(ref, 0)
    if code in op.BYTES or code in op.COUNTED_STRINGS:
        return constants.window.blob.sub(constants.start(ref), length)
    text = constants.text(ref, _LONGEST_TEXT)
    return None if text is None else Memory(text.encode(encoding, "replace"))
