"""Functions that honest pickles call: those that some `__reduce__` or `copyreg` reducer names."""

import ast
from collections.abc import Iterable, Iterator

from .classes import Hierarchy
from .index import World
from .names import Class, Entity, Func
from .nodes import Target
from .resolve import Resolver

REDUCE_METHODS = ("__reduce__", "__reduce_ex__")
PREFIXES = ("_reconstruct", "_rebuild", "_unpickle", "__pyx_unpickle", "_restore", "_new_")


def find_rebuilders(world: World, modules: Iterable[str]) -> set[Func]:
    """Functions that stand first in what a reducer returns, or are named like one."""
    hierarchy = Hierarchy(world, world.reviewed)
    found: set[Func] = set()
    for module in modules:
        for entity in _bound(world, module):
            if isinstance(entity, Class):
                for name in REDUCE_METHODS:
                    for method in world.member(entity, name):
                        if isinstance(method, Func):
                            found.update(_returned(Target(method, entity), hierarchy))
            elif isinstance(entity, Func):
                if entity.node.name.startswith(PREFIXES):
                    found.add(entity)
                elif "reduce" in entity.node.name or "pickle" in entity.node.name:
                    found.update(_returned(Target(entity), hierarchy))
    return found


def _bound(world: World, module: str) -> Iterator[Entity]:
    scope = world.scope(module)
    for name in scope.names if scope else ():
        yield from world.lookup(module, name)


def _returned(target: Target, hierarchy: Hierarchy) -> Iterator[Func]:
    resolver = Resolver(target, hierarchy)
    for node in ast.walk(target.func.node):
        match node:
            case ast.Tuple(elts=[ast.Name() | ast.Attribute() as first, _, *_]):
                for entity in resolver.resolve(first) or []:
                    if isinstance(entity, Func):
                        yield entity
            case _:
                pass
