"""The source index: which module binds which name to what, across packages."""

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from .bindings import Bindings
from .names import Class, Entity, External, Func, Function, Made, ModuleRef, Value
from .reviewed import Reviewed
from .scopes import Binding, Import, Scope, collect
from .sources import SourceFile, Tree

MAX_HOPS = 24
CLASS_MAKERS = frozenset(
    {"namedtuple", "NamedTuple", "TypedDict", "NewType", "TypeVar", "ParamSpec"}
    | {"make_dataclass", "ABCMeta"}
)
ENUM_MAKERS = frozenset({"Enum", "IntEnum", "Flag", "IntFlag"})

Key: TypeAlias = tuple[str, str, bool]


class World:
    """Modules of one release under study, and of everything it may import."""

    def __init__(
        self,
        own: Tree,
        others: Iterable[Tree] = (),
        reviewed: Reviewed | None = None,
    ) -> None:
        self.own = own
        self.reviewed = reviewed or Reviewed()
        self.trees = [own, *others]
        self._found: dict[Key, list[Entity]] = {}
        self._open: dict[Key, int] = {}  # lookups under way, and how deep each stands
        self._cut = sys.maxsize  # the outermost of them that was asked for again
        self._class_scopes: dict[Class, Scope] = {}
        self._bindings: dict[Function, Bindings] = {}
        self._by_top: dict[str, list[Tree]] = {}
        self._trees_of: dict[str, Tree | None] = {}
        for tree in self.trees:
            for top in tree.top_levels():
                self._by_top.setdefault(top, []).append(tree)

    def file(self, module: str) -> SourceFile | None:
        """The source of a module, from the release under study if it has it."""
        tree = self._tree(module)
        return tree.files[module] if tree else None

    def _tree(self, module: str) -> Tree | None:
        if module not in self._trees_of:
            trees = self._by_top.get(module.partition(".")[0], ())
            self._trees_of[module] = next((t for t in trees if module in t.files), None)
        return self._trees_of[module]

    def has_module(self, module: str) -> bool:
        """Whether any tree has the module, as source or compiled."""
        trees = self._by_top.get(module.partition(".")[0], ())
        return any(module in t.files or module in t.compiled for t in trees)

    def covers(self, module: str) -> bool:
        """Whether the module's top-level package is in the world."""
        return module.partition(".")[0] in self._by_top

    def scope(self, module: str) -> Scope | None:
        """Names bound at a module's top level; None without readable source."""
        tree = self._tree(module)
        if tree is None:
            return None
        return tree.scope(module)

    def class_scope(self, cls: Class) -> Scope:
        """Names bound in a class body."""
        if cls not in self._class_scopes:
            scope = Scope()
            collect(cls.node.body, scope, cls.module, is_package=False)
            self._class_scopes[cls] = scope
        return self._class_scopes[cls]

    def bindings(self, func: Func) -> Bindings:
        """Names and acts of a function body."""
        if func.node not in self._bindings:
            source = self.file(func.module)
            is_package = bool(source and source.is_package)
            self._bindings[func.node] = Bindings(func.node, func.module, is_package)
        return self._bindings[func.node]

    def lookup(self, module: str, name: str, hops: int = 0) -> list[Entity]:
        """Everything `module.name` may stand for; an External if no source says."""
        key = (module, name, hops > 0)
        if key in self._found:
            return self._found[key]
        if key in self._open or hops > MAX_HOPS:  # a cycle of imports brings nothing more
            self._cut = min(self._cut, self._open.get(key, 0))
            return []
        depth = self._open[key] = len(self._open)
        outer, self._cut = self._cut, sys.maxsize
        found = self._look_up(module, name, hops)
        del self._open[key]
        if self._cut >= depth:  # else it lacks what the outer one finds
            self._found[key] = found
            self._cut = sys.maxsize
        self._cut = min(outer, self._cut)
        return found

    def _look_up(self, module: str, name: str, hops: int) -> list[Entity]:
        if hops and self.reviewed.knows(f"{module}.{name}"):
            return [External(f"{module}.{name}")]
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
        return _sourced(found or self._compiled_star(scope, name))

    def behind(self, dotted: str, hops: int = 0) -> Class | None:
        """The class statement behind a reviewed name that has source."""
        module, _, name = dotted.rpartition(".")
        scope = self.scope(module)
        if scope is None or hops > MAX_HOPS:
            return None
        for binding in scope.names.get(name, ()):
            if isinstance(binding, ast.ClassDef):
                return Class(module, name, binding)
            if isinstance(binding, Import) and binding.name and binding.module != module:
                return self.behind(f"{binding.module}.{binding.name}", hops + 1)
        stars = (self.behind(f"{star}.{name}", hops + 1) for star in scope.stars)
        return next((found for found in stars if found), None)

    def _through_stars(self, scope: Scope, name: str, hops: int) -> list[Entity]:
        if name.startswith("__"):
            return []
        for star in scope.stars:
            found = self.lookup(star, name, hops) if self.scope(star) else []
            if found and not isinstance(found[0], ModuleRef):
                return found
        return []

    def _compiled_star(self, scope: Scope, name: str) -> list[Entity]:
        """What `from compiled import *` may have brought."""
        if name.startswith("__"):
            return []
        for star in scope.stars:
            if self.has_module(star) and not self.scope(star):
                return [External(f"{star}.{name}")]
        return []

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
        module = self.scope(cls.module) or Scope()
        set_later = module.names.get(f"{cls.qualname}.{name}", [])
        for binding in [*set_later, *self.class_scope(cls).names.get(name, ())]:
            if isinstance(binding, Import):
                found.extend(self._entities(cls.module, name, binding, 1))
            else:
                found.append(entity_of(cls.module, f"{cls.qualname}.{name}", binding, cls))
        return found

    def registered(self, func: Func) -> Iterator[Func]:
        """What a generic function hands its calls to: functions decorated `@func.register`."""
        name = func.node.name
        scope = self.class_scope(func.owner) if func.owner else self.scope(func.module) or Scope()
        for bindings in list(scope.names.values()):
            for one in bindings:
                if isinstance(one, ast.FunctionDef) and any(
                    ast.unparse(d).startswith(f"{name}.register") for d in one.decorator_list
                ):
                    yield Func(func.module, func.qualname, one.lineno, one, func.owner)


def _sourced(found: list[Entity]) -> list[Entity]:
    """Drop the fallbacks (`X = None`, a missing import) where a definition with source stands."""
    solid: list[Entity] = [e for e in found if isinstance(e, Class | Func | ModuleRef | Made)]
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
