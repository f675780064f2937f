"""Which dotted name an attribute, an item or the result of a call has.

Undoes the usual detours: `__import__("os")`, `sys.modules["os"]`, `globals()["os"]`,
`vars(os)["system"]`, `getattr(os, "system")`, `os.__getattribute__("system")`.
"""

from modelassay.formats.pycode.terms import MAX_NAME
from modelassay.formats.pycode.values import show

_BUILTINS = ("builtins.", "__builtins__.", "__builtin__.")
_NAMESPACES = frozenset(
    # The last is that of the builtins module, whose name `attribute` leaves out.
    ("globals()", "locals()", "vars()", "__builtins__", "sys.modules", "__dict__")
)
IMPORTERS = frozenset(
    (
        *("__import__", "importlib.import_module", "importlib.__import__"),
        *("importlib._bootstrap._gcd_import", "pkgutil.resolve_name", "pydoc.locate"),
    )
)
ATTRIBUTE_GETTERS = frozenset(("getattr", "inspect.getattr_static", "object.__getattribute__"))
ITEM_METHODS = (".get", ".__getitem__", ".pop", ".setdefault")


def attribute(owner: str, name: str) -> str:
    """The name of an attribute; members of the builtins module go by their bare name."""
    full = f"{owner}.{name}"
    for prefix in _BUILTINS:
        full = full.removeprefix(prefix)
    return full[:MAX_NAME]


def item(container: str, key: object) -> str:
    """The name of an item; in a namespace (a module's or the table of modules) it is bare."""
    if isinstance(key, str):
        if container in _NAMESPACES:
            return key[:MAX_NAME]
        if container.endswith(".__dict__"):
            return attribute(container.removesuffix(".__dict__"), key)
    return f"{container}[{show(key, 20)}]"[:MAX_NAME]


def result(function: str, arguments: tuple[str | None, ...]) -> str:
    """The name of what a call returns; `arguments` are names of the arguments, where known."""
    if function == "vars" and arguments and arguments[0]:
        return attribute(arguments[0], "__dict__")
    return f"{function}()"[:MAX_NAME]


def imported(function: str, name: str, from_list: bool) -> str:
    """The module (or, for resolvers, the object) that an importing call returns."""
    if function.endswith("__import__") and not from_list:
        return name.partition(".")[0]
    return name.replace(":", ".")
