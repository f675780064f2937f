"""What names stand for: modules, classes, functions, values, and things without source."""

import ast
from dataclasses import dataclass, field
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module, with or without source."""

    name: str


@dataclass(frozen=True, slots=True)
class External:
    """A name in a module without source: compiled, built in, or not covered."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class statement. Identity is its place, so nodes do not take part in comparison."""

    module: str
    qualname: str
    node: ast.ClassDef = field(compare=False, hash=False, repr=False)

    @property
    def dotted(self) -> str:
        """`module.qualname`."""
        return f"{self.module}.{self.qualname}"


@dataclass(frozen=True, slots=True)
class Func:
    """A def statement; `owner` is the class it stands in."""

    module: str
    qualname: str
    line: int
    node: Function = field(compare=False, hash=False, repr=False)
    owner: Class | None = field(default=None, compare=False, hash=False, repr=False)

    @property
    def dotted(self) -> str:
        """`module.qualname`."""
        return f"{self.module}.{self.qualname}"


@dataclass(frozen=True, slots=True)
class Value:
    """A module or class variable: the expression assigned, read in its module."""

    module: str
    expr: ast.expr = field(compare=True, hash=True, repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A class made by a call (`namedtuple`, `Enum(...)`): inert, without a class statement."""

    module: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Instance:
    """The result of calling a class."""

    cls: "Class | External"


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the function in hand: what the caller gives."""

    name: str


@dataclass(frozen=True, slots=True)
class Self:
    """The instance (or, in a class method, the class) the function in hand works on."""

    is_class: bool = False


@dataclass(frozen=True, slots=True)
class SuperOf:
    """`super()` as seen from a class body."""

    owner: Class


@dataclass(frozen=True, slots=True)
class Local:
    """A nested function or lambda: its body is read with the function around it."""


Entity: TypeAlias = (
    ModuleRef | External | Class | Func | Value | Made | Instance | Param | Self | SuperOf | Local
)
