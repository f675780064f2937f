"""The source index: which module binds which name to what, across packages."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .names import Class, Entity, External, Func, Made, ModuleRef, Value
from .sources import SourceFile, Tree

MAX_HOPS = 24
CLASS_MAKERS = frozenset(
    {"namedtuple", "NamedTuple", "TypedDict", "NewType", "TypeVar", "ParamSpec", "make_dataclass"}
)
ENUM_MAKERS = frozenset({"Enum", "IntEnum", "Flag", "IntFlag"})


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name`, or `import module` when name is None."""

    module: str
    name: str | None


type Binding = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.expr | Import


@dataclass(slots=True)
class Scope:
    """Names bound by a module's or a class's body, each with every way it is bound."""

    names: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def bind(self, name: str, binding: Binding) -> None:
        """Add one way in which a name is bound."""
        self.names.setdefault(name, []).append(binding)


class World:
    """Modules of one release under study, and of everything it may import."""

    def __init__(self, own: Tree, others: Iterable[Tree] = ()) -> None:
        self.own = own
        self.trees = [own, *others]
        self._scopes: dict[str, Scope | None] = {}
        self._class_scopes: dict[Class, Scope] = {}
        self._by_top: dict[str, list[Tree]] = {}
        for tree in self.trees:
            for top in tree.top_levels():
                self._by_top.setdefault(top, []).append(tree)

    def file(self, module: str) -> SourceFile | None:
        """The source of a module, from the release under study if it has it."""
        for tree in self._by_top.get(module.partition(".")[0], ()):
            if found := tree.files.get(module):
                return found
        return None

    def has_module(self, module: str) -> bool:
        """Whether any tree has the module, as source or compiled."""
        trees = self._by_top.get(module.partition(".")[0], ())
        return any(module in t.files or module in t.compiled for t in trees)

    def covers(self, module: str) -> bool:
        """Whether the module's top-level package is in the world."""
        return module.partition(".")[0] in self._by_top

    def scope(self, module: str) -> Scope | None:
        """Names bound at a module's top level; None without readable source."""
        if module not in self._scopes:
            source = self.file(module)
            self._scopes[module] = read_module(source) if source else None
        return self._scopes[module]

    def class_scope(self, cls: Class) -> Scope:
        """Names bound in a class body."""
        if cls not in self._class_scopes:
            scope = Scope()
            collect(cls.node.body, scope, cls.module, is_package=False)
            self._class_scopes[cls] = scope
        return self._class_scopes[cls]

    def lookup(self, module: str, name: str, hops: int = 0) -> list[Entity]:
        """Everything `module.name` may stand for; an External if no source says."""
        if hops > MAX_HOPS:
            return []
        scope = self.scope(module)
        if scope is None:
            if self.has_module(f"{module}.{name}"):
                return [ModuleRef(f"{module}.{name}")]
            return [External(f"{module}.{name}")]
        found: list[Entity] = []
        for binding in scope.names.get(name, ()):
            found.extend(self._entities(module, name, binding, hops + 1))
        if not found:
            found = self._through_stars(scope, name, hops + 1)
        if not found and self.has_module(f"{module}.{name}"):
            return [ModuleRef(f"{module}.{name}")]
        return _sourced(found)

    def _through_stars(self, scope: Scope, name: str, hops: int) -> list[Entity]:
        if name.startswith("__"):
            return []
        unsourced: list[Entity] = []
        for star in scope.stars:
            if self.scope(star) is None:
                if self.has_module(star):
                    unsourced.append(External(f"{star}.{name}"))
            elif (found := self.lookup(star, name, hops)) and not isinstance(found[0], ModuleRef):
                return found
        return unsourced[:1]

    def _entities(self, module: str, name: str, binding: Binding, hops: int) -> list[Entity]:
        if isinstance(binding, Import):
            if binding.name is None:
                return [ModuleRef(binding.module)]
            if (binding.module, binding.name) == (module, name):
                sub = f"{module}.{name}"
                return [ModuleRef(sub)] if self.has_module(sub) else []
            return self.lookup(binding.module, binding.name, hops)
        return [entity_of(module, name, binding)]

    def member(self, cls: Class, name: str) -> list[Entity]:
        """What a class body itself binds a name to."""
        found: list[Entity] = []
        for binding in self.class_scope(cls).names.get(name, ()):
            if isinstance(binding, Import):
                found.extend(self._entities(cls.module, name, binding, 1))
            else:
                found.append(entity_of(cls.module, f"{cls.qualname}.{name}", binding, cls))
        return found


def _sourced(found: list[Entity]) -> list[Entity]:
    """Drop the fallbacks (`X = None`, a missing import) where a definition with source stands."""
    solid = [e for e in found if isinstance(e, Class | Func | ModuleRef | Made)]
    return solid or found


def entity_of(module: str, qualname: str, binding: Binding, owner: Class | None = None) -> Entity:
    """The entity for one binding that is not an import."""
    match binding:
        case ast.ClassDef():
            return Class(module, qualname, binding)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return Func(module, qualname, binding.lineno, binding, owner)
        case ast.Call(func=ast.Name(id=made) | ast.Attribute(attr=made)) if made in CLASS_MAKERS:
            return Made(module, qualname, made)
        case ast.Call(func=ast.Name(id=made) | ast.Attribute(attr=made)) if (
            made in ENUM_MAKERS and binding.args and isinstance(binding.args[0], ast.Constant)
        ):
            return Made(module, qualname, made)
        case Import():
            return External(f"{binding.module}.{binding.name}")
        case _:
            return Value(module, binding)


def read_module(source: SourceFile) -> Scope | None:
    """Parse a module and collect its top-level names; None if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    scope = Scope()
    collect(tree.body, scope, source.module, source.is_package)
    return scope


def collect(body: Iterable[ast.stmt], scope: Scope, module: str, is_package: bool) -> None:
    """Bind the names of a body, branches and handlers included."""
    for statement in flat(body):
        match statement:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.bind(statement.name, statement)
            case ast.Import():
                for alias in statement.names:
                    top = alias.name if alias.asname else alias.name.partition(".")[0]
                    scope.bind(alias.asname or top, Import(top, None))
            case ast.ImportFrom():
                _bind_from(statement, scope, module, is_package)
            case ast.Assign():
                for target in statement.targets:
                    _bind_target(target, statement.value, scope)
            case ast.AnnAssign(value=ast.expr() as value):
                _bind_target(statement.target, value, scope)
            case _:
                pass


def _bind_from(node: ast.ImportFrom, scope: Scope, module: str, is_package: bool) -> None:
    origin = absolute(module, is_package, node.level, node.module)
    for alias in node.names:
        if alias.name == "*":
            scope.stars.append(origin)
        else:
            scope.bind(alias.asname or alias.name, Import(origin, alias.name))


def _bind_target(target: ast.expr, value: ast.expr, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        if len(values) == len(target.elts):
            for one, its_value in zip(target.elts, values, strict=True):
                _bind_target(one, its_value, scope)


def absolute(module: str, is_package: bool, level: int, name: str | None) -> str:
    """The absolute module a (relative) import names."""
    if not level:
        return name or ""
    parts = module.split(".") if is_package else module.split(".")[:-1]
    parts = parts[: len(parts) - (level - 1)]
    return ".".join([*parts, *([name] if name else [])])


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a body and of the compound statements in it that open no scope."""
    for statement in body:
        yield statement
        match statement:
            case ast.If(test=ast.Compare() as test, orelse=orelse) if is_main_guard(test):
                yield from flat(orelse)
            case ast.If() | ast.For() | ast.While():
                yield from flat(statement.body)
                yield from flat(statement.orelse)
            case ast.With():
                yield from flat(statement.body)
            case ast.Try():
                yield from flat(statement.body)
                for handler in statement.handlers:
                    yield from flat(handler.body)
                yield from flat(statement.orelse)
                yield from flat(statement.finalbody)
            case _:
                pass


def is_main_guard(test: ast.Compare) -> bool:
    """Whether a test is `__name__ == "__main__"`."""
    return isinstance(test.left, ast.Name) and test.left.id == "__name__"
