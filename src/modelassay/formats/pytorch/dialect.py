"""What `torch.load` does beyond `pickle.load`: storages by persistent id, tensors over them.

Source: `torch/serialization.py` (`persistent_load` of `_load` and `_legacy_load`) and
`torch/_utils.py` (`_rebuild_*`) of PyTorch 0.1 to 2.13. Each storage that is claimed is held
against its record, each tensor against its storage: a loader that trusts them reads outside of
its memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from modelassay.core.facts import Anomaly, Tensor
from modelassay.core.values import Const
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.store import GLOBAL, MADE, TUPLE, Store
from modelassay.formats.pytorch.elements import dtype_width, storage_element
from modelassay.formats.pytorch.storages import Claim, Storages

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_MODULES: Final = ("torch._utils", "torch._tensor", "torch.tensor")
#: Functions that lay a tensor over a storage: (storage, offset, size, stride, ...).
_STRIDED: Final = (
    *("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3"),
    "_rebuild_qtensor",
)
#: Functions that make a tensor without a storage -> where its (size, stride) stand.
_BARE: Final = {"_rebuild_meta_tensor_no_storage": 1, "_rebuild_wrapper_subclass": 2}
_NESTED: Final = "_rebuild_from_type_v2"
_MOST_OF_A_KIND: Final = 50
_MOST_SHAPES: Final = 500
#: Items looked at of one tuple; no tensor has so many dimensions.
_MOST_ITEMS: Final = 128
_MOST_TEXTS: Final = 10_000
_MOST_KEYS: Final = 16
_LONGEST_KEY: Final = 200


class Extent(msgspec.Struct, frozen=True):
    """The part of a storage that a tensor covers, in elements."""

    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def empty(self) -> bool:
        """Whether there are no elements."""
        return 0 in self.size

    @property
    def possible(self) -> bool:
        """Whether its numbers can be those of a tensor."""
        fits = len(self.size) == len(self.stride) < _MOST_ITEMS
        return fits and min((self.offset, *self.size, *self.stride)) >= 0

    @property
    def end(self) -> int:
        """One more than the last element it reaches."""
        if self.empty:
            return 0
        steps = zip(self.size, self.stride, strict=True)
        return self.offset + sum((side - 1) * step for side, step in steps) + 1


class TorchDialect(Dialect):
    """Claims and tensors of one pickle. `record` tells the name of the record of a storage key."""

    watch = frozenset(
        (module, name) for module in _MODULES for name in (*_STRIDED, *_BARE, _NESTED)
    )

    def __init__(self, storages: Storages, record: Callable[[str], str] = str) -> None:
        self.storages = storages
        self.record = record
        self._claims: dict[int, Claim] = {}
        self._texts: dict[int, str | None] = {}
        self._elements: dict[int, tuple[str, int, int] | None] = {}
        self._tensors: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self._told: dict[str, list[Anomaly]] = {}

    def persistent(self, machine: Machine, node: int) -> int | None:
        """Take a storage that is claimed, or a class that comes with its source."""
        items = _items(machine, machine.store.cells[-node])
        tag = self._text(machine, items[0]) if items else None
        if tag == "module" and len(items) == 4:
            return items[1] if machine.store.kind(items[1]) == GLOBAL else None
        claim = self._read_claim(machine, items) if tag == "storage" else None
        if claim is None:
            return None
        self._claims[node] = claim
        name = self.record(claim.key)
        if self.storages.named and name not in self.storages.names:
            self.storages.names[name] = self._place(machine)
        kind = self.storages.claim(name, claim)
        if kind is not None:
            values = (claim.key, claim.size)
            self._anomaly(machine, kind, self.storages.describe(name, claim), values)
        return node

    def _place(self, machine: Machine) -> str:
        """Return the keys that lead to what is being made, such as `model.fc.weight`.

        The last constant before each open mark is the key of what is inside of it.
        """
        keys = []
        bounds = [0, *machine.marks, len(machine.stack)][-_MOST_KEYS:]
        for start, end in pairwise(bounds):
            for ref in reversed(machine.stack[max(start, end - 3) : end]):
                number = None if ref < 0 else _integer(machine, ref)
                key = str(number) if number is not None else self._text(machine, ref)
                if key is not None:
                    keys.append(key[:_LONGEST_KEY])
                    break
        return ".".join(keys)

    def _text(self, machine: Machine, ref: int) -> str | None:
        """Return a string constant; the same few stand in every id, far behind."""
        if ref not in self._texts:
            if len(self._texts) > _MOST_TEXTS:
                self._texts.clear()
            self._texts[ref] = machine.recorder.text(ref)
        return self._texts[ref]

    def _element(self, machine: Machine, ref: int) -> tuple[str, int, int] | None:
        """Return element type, bytes and packing of a storage class."""
        if ref not in self._elements:
            name = machine.store.name(ref)[1] if machine.store.kind(ref) == GLOBAL else ""
            element = storage_element(name)
            dtype = name.removesuffix("Storage").lower() or "untyped"
            self._elements[ref] = None if element is None else (dtype, *element)
        return self._elements[ref]

    def _read_claim(self, machine: Machine, items: list[int]) -> Claim | None:
        """Read ("storage", class, key, location, numel) and, of a legacy file, a view.

        A view is `None` or (key, offset, numel).
        """
        if len(items) not in (5, 6):
            return None
        element, location = self._element(machine, items[1]), self._text(machine, items[3])
        key, numel = _key(machine, items[2]), _integer(machine, items[4])
        if element is None or key is None or location is None or numel is None:
            return None
        view = _view(machine, items[5]) if len(items) == 6 else None
        return Claim(key, numel, element[1], element[2], element[0], location, view)

    def called(self, machine: Machine, made: int) -> bool:
        """Hold a tensor against its storage."""
        store = machine.store
        callable_, args = store.cells[-made], store.cells[-made + 1]
        if store.kind(callable_) != GLOBAL:
            return False
        return self._rebuild(machine, store.name(callable_)[1], _items(machine, args))

    def _rebuild(self, machine: Machine, name: str, args: list[int]) -> bool:
        """Check a tensor; return whether all that it is made of is plain."""
        if name == _NESTED:
            # (function, type, args of the function, state)
            if len(args) == 4 and machine.store.kind(args[0]) == GLOBAL:
                inner = machine.store.name(args[0])[1]
                if inner != _NESTED:
                    self._rebuild(machine, inner, _items(machine, args[2]))
        elif name in _BARE:
            first = _BARE[name]
            sizes = args[first : first + 2]
            if len(sizes) == 2:
                self._check(machine, None, 1, _extent(machine, (None, *sizes)))
        elif name in _STRIDED and len(args) >= 4:
            claim = self._claim_of(machine, args[0])
            extent = _extent(machine, args[1:4])
            width = claim.width if claim else 1
            if name == "_rebuild_tensor_v3" and len(args) > 6:
                dtype = args[6]
                known = machine.store.kind(dtype) == GLOBAL
                text = machine.store.name(dtype)[1] if known else "?"
                width = dtype_width(text)
            else:
                text = claim.dtype if claim else "?"
            self._check(machine, claim, width, extent)
            self._count(machine, text, extent, width)
            plain = name == "_rebuild_tensor_v2" and claim is not None and extent is not None
            return plain and len(args) == 6 and args[4] >= 0 and _no_hooks(machine, args[5])
        return False

    def _claim_of(self, machine: Machine, storage: int) -> Claim | None:
        return self._claims.get(storage)

    def _check(
        self, machine: Machine, claim: Claim | None, width: int, extent: Extent | None
    ) -> None:
        if extent is None:
            return
        if not extent.possible:
            message = (
                f"a tensor has offset {extent.offset}, size {_short(extent.size)}, "
                f"stride {_short(extent.stride)}"
            )
            self._anomaly(machine, "tensor-out-of-bounds", message, ())
            return
        if claim is None or extent.empty:
            return
        there = claim.size // width * claim.packed
        if claim.view is not None:
            there = min(there, claim.view[1])
        if extent.end > there:
            message = (
                f"a tensor of size {_short(extent.size)} reaches element {_short(extent.end)} "
                f"of storage {claim.key!r}, which has {there}"
            )
            self._anomaly(machine, "tensor-out-of-bounds", message, (claim.key, there))

    def _count(self, machine: Machine, dtype: str, extent: Extent | None, width: int) -> None:
        """Tell of tensors once for each element type and shape, and count them."""
        if extent is None or not extent.possible:
            return
        key = (dtype, extent.size)
        known = self._tensors.get(key)
        if known is None and len(self._tensors) >= _MOST_SHAPES:
            key = ("other", ())
            known = self._tensors.get(key)
        if known is not None:
            known.count += 1
            return
        size: int | None = width
        for side in extent.size:
            size = size * side if size is not None else None
        if key[0] == "other":
            size = None
        self._tensors[key] = Tensor(name="", dtype=key[0], shape=key[1], size=size)
        machine.recorder.tell(self._tensors[key])

    def _anomaly(
        self, machine: Machine, kind: str, message: str, values: Iterable[str | int]
    ) -> None:
        told = self._told.setdefault(kind, [])
        if len(told) >= _MOST_OF_A_KIND:
            told[-1].count += 1
            return
        constants = tuple(Const(value) for value in values)
        told.append(Anomaly(kind=kind, message=message, values=constants))
        machine.recorder.tell(told[-1])

    def ended(self, machine: Machine) -> None:
        """Forget what was said in the terms of this stream."""
        self._claims.clear()
        self._texts.clear()
        self._elements.clear()


def _items(machine: Machine, ref: int) -> list[int]:
    """Return the items of a tuple, or of the tuple a `torch.Size` is made of."""
    store = machine.store
    if store.kind(ref) == MADE:
        args = _tuple(store, store.cells[-ref + 1])
        ref = args[0] if len(args) == 1 else ref
    return _tuple(store, ref)


def _tuple(store: Store, ref: int) -> list[int]:
    """Return the first items of a tuple, none for anything else."""
    if ref >= 0:
        return []
    cells, index = store.cells, -ref - 1
    if cells[index] & 15 != TUPLE:
        return []
    return list(cells[index + 2 : index + 2 + min(cells[index + 1], _MOST_ITEMS)])


def _integer(machine: Machine, ref: int) -> int | None:
    """Return a whole number; small ones, as all in tensors are, out of the window itself."""
    window = machine.window
    index = ref - window.base
    if 0 <= index < len(window.codes):
        code = window.codes[index]
        if code == op.BININT1:
            return window.buffer[index + 1]
        if code == op.BININT2:
            return window.buffer[index + 1] | window.buffer[index + 2] << 8
    return machine.recorder.constants.integer(ref)


def _integers(machine: Machine, ref: int) -> tuple[int, ...] | None:
    """Return a tuple of whole numbers, `None` if it is none."""
    if ref >= 0:
        return () if machine.window.read(ref, 1)[0] == op.EMPTY_TUPLE else None
    numbers = [_integer(machine, item) for item in _items(machine, ref)]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) and known else None


def _extent(machine: Machine, refs: Iterable[int | None]) -> Extent | None:
    """Return offset, size and stride; `None` if they are not plain numbers."""
    offset_ref, size_ref, stride_ref = refs
    offset = 0 if offset_ref is None else _integer(machine, offset_ref)
    size = _integers(machine, size_ref) if size_ref is not None else None
    stride = _integers(machine, stride_ref) if stride_ref is not None else None
    if offset is None or size is None or stride is None:
        return None
    return Extent(offset, size, stride)


def _key(machine: Machine, ref: int) -> str | None:
    """Return the key of a storage; `torch.package` counts them with numbers."""
    text = machine.recorder.text(ref)
    number = _integer(machine, ref) if text is None else None
    return text if number is None else str(number)


def _view(machine: Machine, ref: int) -> tuple[int, int] | None:
    """Return (offset, numel) of the part of a storage that an id stands for."""
    numbers = [machine.recorder.constants.integer(item) for item in _items(machine, ref)[1:]]
    if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:
        return numbers[0], numbers[1]
    return None


def _no_hooks(machine: Machine, ref: int) -> bool:
    """Whether this is an empty `OrderedDict`, as the hooks of all saved tensors are."""
    store = machine.store
    if store.kind(ref) != MADE or store.kind(store.cells[-ref]) != GLOBAL:
        return False
    empty = store.cells[-ref + 1] == machine.empty
    return empty and store.name(store.cells[-ref]) == ("collections", "OrderedDict")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else text[:120] + "..."
