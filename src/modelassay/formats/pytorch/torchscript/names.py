"""The names of operators and classes, as TorchScript writes them and as Python does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: Words of the language that stand for operators.
_FORMS: Final = {
    "awaitable": "awaitable",
    "fork": "fork",
    "print": "Print",
    "rpc_async": "rpc_async",
    "rpc_remote": "rpc_remote",
    "rpc_sync": "rpc_sync",
}
_CLASSES: Final = ("__torch__", "torch", "classes")


def resolve(chain: Sequence[str], called: bool) -> str | None:
    """Return what a dotted name stands for, `None` if it is none of the language's own."""
    match chain:
        case ["torch", *rest]:
            return _operator("aten", *rest)
        case ["ops", *rest]:
            return _operator(*rest)
        case ["^", *_]:
            return "torch.ops.prim.PythonOp"
        case [form] if called and form in _FORMS:
            return f"torch.ops.prim.{_FORMS[form]}"
        case [_, *_, method] if called and chain[0] != "__torch__":
            return f"?.{method}"
    return class_name(chain)


def schema_name(name: str) -> str:
    """Return the Python name of an operator written as in its schema, `aten::save`."""
    namespace, _, operator = name.rpartition("::")
    return f"torch.ops.{namespace or 'aten'}.{operator}"


def class_name(chain: Sequence[str]) -> str | None:
    """Return the name of a class written in C++, `None` for one the archive brings itself."""
    if tuple(chain[:3]) != _CLASSES:
        return None
    return ".".join(("torch.classes", *chain[3:])) if len(chain) > 3 else "torch.classes.*"


def _operator(*parts: str) -> str:
    return ".".join(("torch.ops", *parts)) + (".*" if len(parts) < 2 else "")
