"""joblib: pickles with raw arrays between their opcodes.

Source: `joblib/numpy_pickle.py` (NumpyArrayWrapper, joblib 0.10 to 1.5) and
`joblib/numpy_pickle_compat.py` (NDArrayWrapper, before 0.10). After the state of a
`NumpyArrayWrapper` is set, `joblib.load` reads the array from the same file: a padding byte and
padding where the state names an alignment, then the elements, or a pickle if they are objects.
Plain `pickle.load` reads opcodes there, so both readings are followed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.values import Const, Made, Mapping, Name, Sequence, Value
from modelassay.formats.base import Incomplete, Refined, Skipped
from modelassay.formats.pickle.dialect import Dialect

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_ARRAY: Final = frozenset({("joblib.numpy_pickle", "NumpyArrayWrapper")})
_OUTSIDE: Final = frozenset(
    (module, name)
    for module in ("joblib.numpy_pickle", "joblib.numpy_pickle_compat")
    for name in ("NDArrayWrapper", "ZNDArrayWrapper")
)
_FORK_OPS: Final = 20_000
_DTYPE: Final = re.compile(r"[<>=|]?([a-zA-Z])(\d*)")


class JoblibDialect(Dialect):
    """`joblib.load` and `pickle.load` at once."""

    watch = _ARRAY | _OUTSIDE

    def built(self, machine: Machine, target: Made, state: Value, position: int) -> int:
        """Step over the raw array behind its wrapper, or into it if it holds objects."""
        fields = _fields(state)
        if isinstance(target.callable, Name) and "NDArrayWrapper" in target.callable.qualname:
            self._outside(machine, fields, position)
            return position
        machine.recorder.events.append(Refined("joblib"))
        dtype = fields.get("dtype")
        if _holds_objects(dtype):
            return self._objects(machine, position)
        self._plain_reading(machine, position)
        size = _array_size(fields.get("shape"), dtype)
        start = self._aligned(machine, fields, position)
        if size is None or start + size > machine.window.blob.size:
            what = "has no plain shape" if size is None else f"claims {size} bytes"
            left = machine.window.blob.size - start
            message = f"a raw array {what}, {left} follow"
            machine.recorder.events.append(
                Anomaly(kind="joblib-array", message=message, at=Location(position))
            )
            machine.recorder.events.append(Incomplete(message))
            return position
        machine.recorder.events.append(Skipped("raw array data", size))
        return start + size

    @staticmethod
    def _aligned(machine: Machine, fields: dict[str, Value], position: int) -> int:
        """Return where the elements begin: behind a length byte and so much padding."""
        alignment = fields.get("numpy_array_alignment_bytes")
        if not isinstance(alignment, Const) or not alignment.value:
            return position
        padding = machine.window.read(position, 1)
        return position + 1 + padding[0] if padding else position

    @staticmethod
    def _objects(machine: Machine, position: int) -> int:
        """Run the pickle of an object array, which stands in the same file."""
        inner = type(machine)(machine.window.blob, position, machine.budget, Dialect(), stream=1)
        inner.run()
        machine.recorder.events.extend(inner.recorder.events)
        if inner.error is not None:
            machine.recorder.events.append(
                Incomplete(f"the pickle of an object array is broken: {inner.error}")
            )
        return inner.position

    @staticmethod
    def _plain_reading(machine: Machine, position: int) -> None:
        """Run on as plain `pickle.load` would; keep it if it names a global."""
        fork = type(machine)(
            machine.window.blob, position, machine.budget, Dialect(), most_ops=_FORK_OPS
        )
        fork.protocol = machine.protocol
        fork.stack.extend([fork.store.unknown("outer stack")] * len(machine.stack))
        fork.marks.extend(machine.marks)
        fork.run()
        if any(module.isascii() and name.isascii() for module, name in fork.recorder.imports):
            machine.recorder.events.extend(fork.recorder.events)

    @staticmethod
    def _outside(machine: Machine, fields: dict[str, Value], position: int) -> None:
        """Tell of an array that an old joblib keeps in a file beside this one."""
        machine.recorder.events.append(Refined("joblib"))
        name = fields.get("filename")
        if isinstance(name, Const) and isinstance(name.value, str):
            fact = Reference(target=name.value, role="array-file", at=Location(position))
            machine.recorder.events.append(fact)


def _fields(state: Value) -> dict[str, Value]:
    if not isinstance(state, Mapping):
        return {}
    return {
        key.value: value
        for key, value in state.items
        if isinstance(key, Const) and isinstance(key.value, str)
    }


def _dtype_code(dtype: Value | None) -> str:
    """Return the first argument of `numpy.dtype`, such as `f8`."""
    if isinstance(dtype, Made) and dtype.args and isinstance(dtype.args[0], Const):
        code = dtype.args[0].value
        return code if isinstance(code, str) else ""
    return ""


def _holds_objects(dtype: Value | None) -> bool:
    return _dtype_code(dtype).lstrip("<>=|") in ("O", "O8", "O4")


def _array_size(shape: Value | None, dtype: Value | None) -> int | None:
    """Return the bytes of an array of `shape` and `dtype`, `None` if they are not plain."""
    found = _DTYPE.fullmatch(_dtype_code(dtype))
    if found is None or not isinstance(shape, Sequence):
        return None
    width = int(found[2] or 1) * (4 if found[1] == "U" else 1)
    for side in shape.items:
        length = side.value if isinstance(side, Const) else _scalar(side)
        if not isinstance(length, int) or length < 0 or width > 1 << 60:
            return None
        width *= length
    return None if shape.more else width


def _scalar(side: Value) -> int | None:
    """Return a length that was pickled as a NumPy scalar."""
    if isinstance(side, Made) and len(side.args) == 2 and isinstance(side.args[1], Const):
        raw = side.args[1].value
        return int.from_bytes(raw, "little", signed=True) if isinstance(raw, bytes) else None
    return None
