"""One neutral code object for every CPython version.

Sources: the constructor of `code` in CPython (Objects/codeobject.c, `code_new`, 2.7 to 3.14), the
marshalled form (Python/marshal.c, TYPE_CODE), `save_code`/`_create_code` of dill (dill/_dill.py)
and `_code_reduce` of cloudpickle (cloudpickle/cloudpickle.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelassay.formats.pycode.layouts import ARGUMENT_ORDERS, Layout, Order
from modelassay.formats.pycode.values import MISSING, Group, Opaque, Version

_FREE, _CELL, _LOCAL = 0x80, 0x40, 0x20  # Include/internal/pycore_code.h, CO_FAST_*


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CodeObject:
    """A code object as the file gives it; fields of a wrong type are empty and named in `faults`.

    `names`, `varnames`, `freevars` and `cellvars` are text; `localsplus` is the joint numbering of
    local, cell and free variables of 3.11 and later, as marshalled (see `numbered_variables`).
    `versions` are the CPython versions whose layout fits, oldest first. `offset` is where it
    starts in the blob, in bytes, or None when it was built from arguments.
    """

    name: str = ""
    qualname: str = ""
    filename: str = ""
    firstlineno: int = 0
    argcount: int = 0
    posonlyargcount: int = 0
    kwonlyargcount: int = 0
    flags: int = 0
    code: bytes = b""
    consts: tuple[object, ...] = ()
    names: tuple[str, ...] = ()
    varnames: tuple[str, ...] = ()
    freevars: tuple[str, ...] = ()
    cellvars: tuple[str, ...] = ()
    localsplus: tuple[str, ...] = ()
    linetable: bytes = b""
    exceptiontable: bytes = b""
    versions: tuple[Version, ...] = ()
    faults: tuple[str, ...] = field(default=())
    offset: int | None = None

    def __repr__(self) -> str:
        return f"<code {self.qualname or self.name}>"[:120]

    @property
    def nested(self) -> tuple["CodeObject", ...]:
        """Code objects among the constants, in order, inside containers too, each once."""
        return self.children(set())

    def children(self, seen: set[int]) -> tuple["CodeObject", ...]:
        """Like `nested`, but for what was seen before, by identity; `seen` is added to.

        Code objects may share their constants, so a walk that forgets costs their product.
        """
        found: list[CodeObject] = []
        pending: list[object] = [self.consts]
        while pending:
            item = pending.pop()
            if not isinstance(item, CodeObject | tuple | Group) or id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, CodeObject):
                found.append(item)
            else:
                pending.extend(reversed(item if isinstance(item, tuple) else item.items))
        return tuple(found)

    def numbered_variables(self) -> tuple[str, ...]:
        """All variables as instructions of 3.11 and later number them."""
        if self.localsplus:
            return self.localsplus
        own = set(self.varnames)
        return self.varnames + tuple(c for c in self.cellvars if c not in own) + self.freevars

    def walk(self) -> Iterator["CodeObject"]:
        """Yield the code object itself and all those below it, each once, parents first."""
        seen = {id(self)}
        pending = [self]
        while pending:
            code = pending.pop()
            yield code
            pending.extend(reversed(code.children(seen)))


class _Fields:
    """Typed access to named raw values, noting each one that has the wrong type."""

    def __init__(self, raw: Mapping[str, object], encoding: str) -> None:
        self._raw = raw
        self._encoding = encoding
        self.faults: list[str] = []

    def _fault(self, name: str, value: object) -> None:
        if value is not None:
            what = value.reason if isinstance(value, Opaque) else type(value).__name__
            self.faults.append(f"{name} is {what}")

    def number(self, name: str) -> int:
        value = self._raw.get(name, 0)
        if isinstance(value, int) and abs(value) < 1 << 63:
            return value
        self._fault(name, value)
        return 0

    def text(self, name: str) -> str:
        value = self._raw.get(name, "")
        if isinstance(value, str):
            return value
        if isinstance(value, bytes):
            return value.decode("latin-1")
        self._fault(name, value)
        return ""

    def octets(self, name: str) -> bytes:
        value = self._raw.get(name, b"")
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):  # Python 2 and dill: text that stands for bytes
            try:
                return value.encode(self._encoding)
            except UnicodeEncodeError:
                return value.encode("utf-8", "surrogatepass")
        self._fault(name, value)
        return b""

    def values(self, name: str) -> tuple[object, ...]:
        value = self._raw.get(name, ())
        if isinstance(value, tuple):
            return value
        if isinstance(value, list):
            return tuple(value)
        if isinstance(value, Group):
            return value.items
        self._fault(name, value)
        return ()

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.values(name)
        if all(isinstance(value, str) for value in values):
            return values  # type: ignore[return-value]  # no copy: many may share it
        found = []
        for value in values:
            if isinstance(value, str | bytes):
                found.append(value if isinstance(value, str) else value.decode("latin-1"))
            else:
                self._fault(f"an item of {name}", value if value is not None else MISSING)
                found.append("?")
        return tuple(found)


def build(raw: Mapping[str, object], layout: Layout, offset: int | None = None) -> CodeObject:
    """Make a code object from raw fields named as in the layout; never fails, see `faults`."""
    fields = _Fields(raw, "latin-1" if layout.versions[0] < (3, 0) else "utf-8")
    names = fields.texts("names")
    varnames, cellvars, freevars = (
        fields.texts(name) for name in ("varnames", "cellvars", "freevars")
    )
    localsplus: tuple[str, ...] = ()
    if "localsplusnames" in raw:
        localsplus = fields.texts("localsplusnames")
        kinds = fields.octets("localspluskinds")
        if len(kinds) != len(localsplus):
            fields.faults.append("localspluskinds has another length than localsplusnames")
        varnames, cellvars, freevars = (
            tuple(name for name, kind in zip(localsplus, kinds, strict=False) if kind & bit)
            for bit in (_LOCAL, _CELL, _FREE)
        )
    name = fields.text("name")
    return CodeObject(
        name=name,
        qualname=fields.text("qualname") or name,
        filename=fields.text("filename"),
        firstlineno=fields.number("firstlineno"),
        argcount=fields.number("argcount"),
        posonlyargcount=fields.number("posonlyargcount"),
        kwonlyargcount=fields.number("kwonlyargcount"),
        flags=fields.number("flags"),
        code=fields.octets("code"),
        consts=fields.values("consts"),
        names=names,
        varnames=varnames,
        freevars=freevars,
        cellvars=cellvars,
        localsplus=localsplus,
        linetable=fields.octets("linetable"),
        exceptiontable=fields.octets("exceptiontable"),
        versions=layout.versions,
        faults=tuple(fields.faults),
        offset=offset,
    )


_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "text": (str, bytes),
    "octets": (bytes, str),
    "values": (tuple, list, Group),
    "any": (object,),
}


def _fits(order: Order, values: Sequence[object]) -> bool:
    """Whether the values can be these arguments; a value of no plain type fits anywhere."""
    if not order.required <= len(values) <= len(order.fields):
        return False
    plain = (int, str, bytes, tuple, list, Group, float, complex, CodeObject, type(None))
    return all(
        isinstance(value, _TYPES[kind]) or not isinstance(value, plain)
        for value, (_, kind) in zip(values, order.fields, strict=False)
    )


def from_arguments(values: Sequence[object]) -> CodeObject | None:
    """A code object from the arguments of `types.CodeType` or dill's `_create_code`.

    The order is told by the count and types of the values (2.7; 3.0 to 3.7; 3.8 to 3.10; 3.11 and
    later, PyPy 3.11 and the 3.11 alphas included); dill's leading line table is skipped. Values
    may be plain Python objects or anything opaque. None when no known order fits.
    """
    # dill puts a line table first, and tells it by not being a number; it may be opaque.
    starts = (0, 1) if values and not isinstance(values[0], int) else (0,)
    for start in starts:
        arguments = values[start:]
        for order in ARGUMENT_ORDERS:
            if _fits(order, arguments):
                pairs = zip(order.fields, arguments, strict=False)
                return build({name: value for (name, _), value in pairs}, order.layout)
    return None
