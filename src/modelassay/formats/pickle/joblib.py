"""joblib: pickles with raw arrays between their opcodes.

Source: `joblib/numpy_pickle.py` (NumpyArrayWrapper, joblib 0.10 to 1.5) and
`joblib/numpy_pickle_compat.py` (NDArrayWrapper, before 0.10). After the state of a
`NumpyArrayWrapper` is set, `joblib.load` reads the array from the same file: a padding byte and
padding where the state names an alignment, then the elements, or a pickle if they are objects.
Plain `pickle.load` reads opcodes there, so both readings are followed.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.values import Const, Made, Name, Value
from modelassay.formats.base import Child, Incomplete, Refined, Skipped
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.arrays import tell, type_string
from modelassay.formats.pickle.dialect import Dialect, fields_of, maker_of
from modelassay.formats.pickle.payloads import is_archive
from modelassay.formats.pickle.store import DICT, MADE, TUPLE
from modelassay.io.tar import BLOCK
from modelassay.io.typestring import ElementType, read_type, registered_width

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_DTYPE: Final = ("numpy", "dtype")
#: What rebuilds NumPy's type of strings of any length, which pickles its elements as objects do.
_STRING_TYPES: Final = frozenset(
    (f"numpy.{core}._internal", "_convert_to_stringdtype_kwargs") for core in ("_core", "core")
)
_WIDTH: Final = 5  # in the state of a `numpy.dtype`
_ROOMS: Final = ("joblib.numpy_pickle", "joblib.numpy_pickle_compat")
_WRAPPERS: Final = ("NumpyArrayWrapper", "NDArrayWrapper", "ZNDArrayWrapper")
_FORK_OPS: Final = 20_000
_ALL_FORK_OPS: Final = 2_000_000  # what all forks of one stream may take together
_MOST_FIELDS: Final = 20_000
_MOST_ATTRIBUTES: Final = 200
_LARGEST: Final = 1 << 62


class JoblibDialect(Dialect):
    """`joblib.load` and `pickle.load` at once, for one stream."""

    watch = frozenset((room, name) for room in _ROOMS for name in _WRAPPERS) | {_DTYPE}

    def __init__(self) -> None:
        self._objects: set[int] = set()
        """References to the element types that hold Python objects."""
        self._registered: dict[int, int] = {}
        """Widths of the element types that a package registered."""
        self._fork_ops = _ALL_FORK_OPS
        self._ended = False

    def built(self, machine: Machine, target: int, state: int, position: int) -> int:
        """Step over the raw array behind its wrapper, or into it if it holds objects."""
        name = maker_of(machine, target)
        if name == _DTYPE:
            if self._has_object_fields(machine, state):
                self._objects.add(target)
            elif width := _registered_width(machine, target, state):
                self._registered[target] = width
            return position
        machine.recorder.tell(Refined("joblib"))
        fields = fields_of(machine, state)
        if name[1] != "NumpyArrayWrapper":
            _outside(machine, fields)
            return position
        element = self._element(machine, fields.get("dtype"))
        if element is not None and element.objects:
            return self._inner(machine, position)
        self._plain_reading(machine, position)
        return _raw_array(machine, target, fields, element, position)

    def _plain_reading(self, machine: Machine, position: int) -> None:
        """Run on as plain `pickle.load` would; keep it if it names a global."""
        if self._fork_ops <= 0:
            self._end_forks(machine)
            return
        others = tuple(d for d in machine.dialects if not isinstance(d, JoblibDialect))
        blob, most = machine.window.blob, min(_FORK_OPS, self._fork_ops)
        fork = type(machine)(blob, position, machine.budget, others, most_ops=most)
        fork.protocol = machine.protocol
        fork.stack.extend([fork.store.unknown("outer stack")] * len(machine.stack))
        fork.marks.extend(machine.marks)
        fork.run()
        self._fork_ops -= fork.ops + (len(machine.stack) + len(machine.marks)) // 64
        if any(module.isascii() and name.isascii() for module, name in fork.recorder.imports):
            machine.recorder.events.extend(fork.recorder.events)

    def _end_forks(self, machine: Machine) -> None:
        """Say once that no more arrays are read in two ways."""
        if not self._ended:
            self._ended = True
            machine.recorder.tell(Incomplete("too many raw arrays could be read in two ways"))

    def _has_object_fields(self, machine: Machine, state: int) -> bool:
        """Whether the state of a `numpy.dtype` has fields, or a base, that hold objects.

        It is (version, order, subtype, names, fields, ...), with fields name: (dtype, offset) and
        subtype (dtype, shape).
        """
        if machine.store.kind(state) != TUPLE:
            return False
        pending = list(islice(machine.store.items(state), 2, 5))
        seen: set[int] = set()  # a hostile dict may hold itself
        while pending and len(seen) < _MOST_FIELDS:
            ref = pending.pop()
            if ref >= 0 or ref in seen:
                continue
            seen.add(ref)
            if ref in self._objects or self._is_object(machine, ref):
                return True
            if machine.store.kind(ref) in (TUPLE, DICT):
                pending.extend(islice(machine.store.items(ref), _MOST_FIELDS))
        return bool(pending)

    @staticmethod
    def _is_object(machine: Machine, ref: int) -> bool:
        if machine.store.kind(ref) != MADE or maker_of(machine, ref) != _DTYPE:
            return False
        element = read_type(type_string(machine, ref))
        return element is not None and element.objects

    def _element(self, machine: Machine, dtype: int | None) -> ElementType | None:
        """Return the element type of a wrapper."""
        if dtype is None:
            return None
        if maker_of(machine, dtype) in _STRING_TYPES:
            return ElementType(0, objects=True)
        if dtype in self._registered:
            return ElementType(self._registered[dtype])
        element = read_type(type_string(machine, dtype))
        if element is not None and dtype in self._objects:
            return ElementType(element.width, objects=True)
        return element

    @staticmethod
    def _inner(machine: Machine, position: int) -> int:
        """Run the pickle of an object array, which stands in the same file."""
        others = tuple(d for d in machine.dialects if not isinstance(d, JoblibDialect))
        blob = machine.window.blob
        inner = type(machine)(blob, position, machine.budget, others, stream=1)
        inner.run()
        machine.recorder.events.extend(inner.recorder.events)
        if inner.error is not None:
            reason = f"the pickle of an object array is broken: {inner.error}"
            machine.recorder.tell(Incomplete(reason))
        return inner.position


def _registered_width(machine: Machine, dtype: int, state: int) -> int | None:
    """Return the bytes of an element of a registered type, `None` if the state says otherwise."""
    made = machine.recorder.values.value(dtype)
    if not isinstance(made, Made) or not made.args or machine.store.kind(state) != TUPLE:
        return None
    kind, parts = made.args[0], list(islice(machine.store.items(state), _WIDTH + 1))
    if not isinstance(kind, Name) or len(parts) <= _WIDTH:
        return None
    width = registered_width(kind.module, kind.qualname)
    return width if machine.recorder.constants.integer(parts[_WIDTH]) == width else None


def _raw_array(
    machine: Machine,
    wrapper: int,
    fields: dict[str, int],
    element: ElementType | None,
    position: int,
) -> int:
    """Step over the elements behind a wrapper."""
    size = _array_size(machine, fields.get("shape"), element)
    start = _aligned(machine, fields, position)
    left = machine.window.blob.size - start
    if size is None or size > left:
        what = "has no plain shape" if size is None else f"claims {size} bytes"
        message = f"a raw array {what}, {left} follow"
        machine.recorder.tell(Anomaly(kind="joblib-array", message=message, at=Location(position)))
        machine.recorder.tell(Incomplete(message))
        return position
    elements = machine.window.blob.sub(start, size)
    if is_archive(elements.head(BLOCK), elements):
        path = f"{machine.recorder.here.path} elements"
        found = Child(path, elements, role="found", place="elements")
        machine.recorder.hold(wrapper, found)
    if text := type_string(machine, fields["dtype"]):
        tell(machine, text, start, size)
    machine.recorder.tell(Skipped("raw array data", size))
    return start + size


def _aligned(machine: Machine, fields: dict[str, int], position: int) -> int:
    """Return where the elements begin: behind a length byte and so much padding."""
    alignment = fields.get("numpy_array_alignment_bytes")
    if alignment is None or not machine.recorder.constants.integer(alignment):
        return position
    padding = machine.window.read(position, 1)
    return position + 1 + padding[0] if padding else position


def _outside(machine: Machine, fields: dict[str, int]) -> None:
    """Tell of an array that an old joblib keeps in a file beside this one."""
    name = machine.recorder.text(fields["filename"]) if "filename" in fields else None
    if name is None:
        message = "an array stands in another file, whose name cannot be told"
        machine.recorder.tell(Anomaly(kind="joblib-array", message=message))
    else:
        machine.recorder.tell(Reference(target=name, role="array-file"))


def _array_size(machine: Machine, shape: int | None, element: ElementType | None) -> int | None:
    """Return the bytes of an array, `None` if its shape or element type is not plain."""
    if shape is None or element is None:
        return None
    if machine.store.kind(shape) == TUPLE:
        sides = list(islice(machine.store.items(shape), _MOST_ATTRIBUTES))
    elif shape >= 0 and machine.window.read(shape, 1)[0] == op.EMPTY_TUPLE:
        sides = []
    else:
        return None
    size = element.width
    for side in sides:
        length = machine.recorder.constants.integer(side)
        if length is None:
            length = _numpy_integer(machine.recorder.values.value(side))
        if length is None or length < 0 or size > _LARGEST:
            return None
        size *= length
    return size


def _numpy_integer(side: Value) -> int | None:
    """Return a length that was pickled as a NumPy scalar."""
    if isinstance(side, Made) and len(side.args) == 2 and isinstance(side.args[1], Const):
        raw = side.args[1].value
        return int.from_bytes(raw, "little", signed=True) if isinstance(raw, bytes) else None
    return None
