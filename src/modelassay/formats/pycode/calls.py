"""What calls do to the abstract machine, in the calling conventions of all versions.

Sources: CPython Python/ceval.c: CALL_FUNCTION with two counts in one argument (to 3.5, 2.7
included), CALL_FUNCTION, _KW, _EX and CALL_METHOD (3.6 to 3.10), PRECALL/KW_NAMES/CALL (3.11,
3.12), CALL and CALL_KW with the callable first (3.13 and later).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modelassay.formats.pycode import naming
from modelassay.formats.pycode.operations import attribute, import_star, item, lookup
from modelassay.formats.pycode.terms import (
    NULL,
    Function,
    Getter,
    Items,
    Known,
    Path,
    Returns,
    Term,
    Value,
    known,
    merge,
    plain,
    plain_all,
    texts,
)

if TYPE_CHECKING:
    from modelassay.formats.pycode.decoding import Instruction
    from modelassay.formats.pycode.machine import Machine

    Operation = Callable[[Machine, Instruction, object], None]

_MAX_ARGUMENTS = 4096
Keywords = Sequence[tuple[str, Value]]
_IMPORT_STAR, _LIST_TO_TUPLE = 2, 6  # Include/internal/pycore_intrinsics.h


def call(
    machine: Machine, function: Value, arguments: Sequence[Value], keywords: Keywords = ()
) -> Value:
    """Note a call and tell its result."""
    result: Value = ()
    for term in function:
        if isinstance(term, Function):
            machine.calls.append(("", term.code))
            _bind(machine, term, arguments)
        elif isinstance(term, Returns):
            result = merge(result, term.value)
        elif isinstance(term, Getter) and arguments:
            result = merge(result, _attributes(machine, arguments[0], term.names) or ())
        elif isinstance(term, Path):
            _note(machine, term, arguments, keywords)
            result = merge(result, _result(machine, term, arguments, keywords))
    return result


def _bind(machine: Machine, function: Function, arguments: Sequence[Value]) -> None:
    for name, value in zip(function.code.varnames, arguments, strict=False):
        machine.bind(function.code, name, value)


def _note(machine: Machine, path: Path, arguments: Sequence[Value], keywords: Keywords) -> None:
    if path.owner is not None and path.record is None:
        return  # a harmless method of a constant
    record = path.record
    if record is None or record.called:
        record = machine.record(path.name)
    record.live = record.called = True
    record.arguments = plain_all(arguments)
    record.keywords = tuple((name, plain(value)) for name, value in keywords)
    for value in (*arguments, *(value for _, value in keywords)):
        given = [term.code for term in value if isinstance(term, Function)]
        machine.calls += [(path.name, code) for code in given]


def _result(machine: Machine, path: Path, arguments: Sequence[Value], keywords: Keywords) -> Value:
    folder = machine.shared.folder
    method = path.name.rpartition(".")[2]
    if isinstance(path.owner, Known | Items) and path.name.count(".") == 1:
        folded = folder.method(path.owner, method, arguments)
        return folded or _named_result(path, arguments)
    special = _special(machine, path, arguments, keywords)
    if special is not None:
        return special
    return folder.function(path.name, arguments) or _named_result(path, arguments)


def _named_result(path: Path, arguments: Sequence[Value]) -> Value:
    names = tuple(
        next((term.name for term in value if isinstance(term, Path)), None) for value in arguments
    )
    return (Path(naming.result(path.name, names), None, path.owner),)


def _special(
    machine: Machine, path: Path, arguments: Sequence[Value], keywords: Keywords
) -> Value | None:
    """The result of the calls that resolve a name; None for any other call."""
    name = path.name
    if name in naming.IMPORTERS and arguments:
        return _imported(machine, name, arguments, dict(keywords))
    if name in naming.ATTRIBUTE_GETTERS and len(arguments) > 1:
        return _attributes(machine, arguments[0], texts(arguments[1]))
    if name.endswith(".__getattribute__") and len(arguments) == 1:
        owner = (Path(name.removesuffix(".__getattribute__")),)
        return _attributes(machine, owner, texts(arguments[0]))
    if name == "operator.attrgetter" and len(arguments) == 1 and texts(arguments[0]):
        return (Getter(texts(arguments[0])),)
    for suffix in naming.ITEM_METHODS:
        if name.endswith(suffix) and arguments and texts(arguments[0]):
            container: Term = Path(name.removesuffix(suffix))
            return item(machine, (container,), arguments[0])
    return None


def _imported(
    machine: Machine, function: str, arguments: Sequence[Value], keywords: dict[str, Value]
) -> Value | None:
    from_list = keywords.get("fromlist", arguments[3] if len(arguments) > 3 else ())
    wanted = bool(from_list) and known(from_list) not in ((), None)
    found: Value = ()
    for text in texts(arguments[0]):
        machine.record(text.replace(":", "."), imported=True)
        found = merge(found, (Path(naming.imported(function, text, wanted)),))
    return found or None


def _attributes(machine: Machine, owner: Value, names: Sequence[str]) -> Value | None:
    """A dotted attribute by text, for every text it may be; None when that is not known."""
    found: Value = ()
    for text in names:
        value = owner
        for name in text.split(".", 16):
            value = attribute(machine, value, name)
        found = merge(found, value)
    return found or None


# The calling conventions


def _split(arguments: list[Value], names: object) -> tuple[list[Value], Keywords]:
    """Arguments parted into positional and keyword ones by the tuple of keyword names."""
    keys = [str(name) for name in names] if isinstance(names, tuple) else []
    count = min(len(keys), len(arguments))
    split = len(arguments) - count
    return arguments[:split], list(zip(keys, arguments[split:], strict=False))


def _call(machine: Machine, instruction: Instruction, _: object) -> None:
    """CALL of 3.11 and later: a callable and NULL, in either order, or a method and its self."""
    names: object = machine.take_keywords()
    if instruction.name == "CALL_KW":
        names = known(machine.pop())
    arguments = machine.pops(min(instruction.argument or 0, _MAX_ARGUMENTS))
    one, other = machine.pops(2)
    function = other if one == NULL else one
    if NULL not in (one, other):
        arguments = [other, *arguments]
    positional, keywords = _split(arguments, names)
    machine.push(call(machine, function, positional, keywords))


def _call_function(machine: Machine, instruction: Instruction, _: object) -> None:
    """CALL_FUNCTION and its forms to 3.10; to 3.5 the argument holds two counts."""
    names: object = ()
    count = instruction.argument or 0
    keywords: Keywords = []
    extra, more = _extra(machine, instruction.name)
    if machine.version < (3, 6):
        pairs = machine.pops(min(2 * (count >> 8 & 0xFF), _MAX_ARGUMENTS))
        keywords = [(str(known(pairs[at])), pairs[at + 1]) for at in range(0, len(pairs), 2)]
        count &= 0xFF
    elif instruction.name == "CALL_FUNCTION_KW":
        names = known(machine.pop())
    arguments = machine.pops(min(count, _MAX_ARGUMENTS))
    function = machine.pop()
    positional, named = _split(arguments, names)
    machine.push(call(machine, function, [*positional, *extra], [*keywords, *named, *more]))


def _extra(machine: Machine, name: str) -> tuple[tuple[Value, ...], Keywords]:
    """The *args and **kwargs that the _VAR and _KW forms of 2.7 pop before all else."""
    old = machine.version < (3, 6)
    keywords = _from_dict(machine.pop()) if old and name.endswith("_KW") else []
    positional = machine.items(machine.pop()) or () if "_VAR" in name else ()
    return positional, keywords


def _call_method(machine: Machine, instruction: Instruction, _: object) -> None:
    arguments = machine.pops(min(instruction.argument or 0, _MAX_ARGUMENTS))
    _, function = machine.pops(2)
    machine.push(call(machine, function, arguments))


def _call_function_ex(machine: Machine, instruction: Instruction, _: object) -> None:
    """CALL_FUNCTION_EX: from 3.14 on the place of **kwargs is always there."""
    keywords: Keywords = []
    if machine.version >= (3, 14) or (instruction.argument or 0) & 1:
        keywords = _from_dict(machine.pop())
    arguments = machine.items(machine.pop()) or ()
    if machine.version >= (3, 13):
        function, _unused = machine.pops(2)
    else:
        function = machine.pop()
        if machine.version >= (3, 11):
            machine.pop()
    machine.push(call(machine, function, arguments, keywords))


def _from_dict(value: Value) -> Keywords:
    parts = next((term.items for term in value if isinstance(term, Items)), ())
    return [(str(known(parts[at])), parts[at + 1]) for at in range(0, len(parts) - 1, 2)]


def _load_special(machine: Machine, instruction: Instruction, _: object) -> None:
    """LOAD_SPECIAL of 3.14: __enter__ (0), __aenter__ (2) give the manager itself, mostly."""
    manager = machine.pop()
    entering = (instruction.argument or 0) % 2 == 0
    machine.push((Returns(manager),) if entering else (), NULL)


def _exec(machine: Machine, _: Instruction, __: object) -> None:
    """EXEC_STMT of 2.7: exec code in globals, locals."""
    source, _globals, _locals = machine.pops(3)
    call(machine, lookup(machine, "exec"), [source])


def _intrinsic(machine: Machine, instruction: Instruction, _: object) -> None:
    if instruction.argument == _IMPORT_STAR:
        import_star(machine)
        machine.push(())
    elif instruction.argument != _LIST_TO_TUPLE:
        machine.pop()
        machine.push(())


# Functions


def _make_function(machine: Machine, instruction: Instruction, _: object) -> None:
    version = machine.version
    if (3, 0) <= version < (3, 11):
        machine.pop()  # the qualified name
    function = machine.pop()
    flags = instruction.argument or 0
    if version >= (3, 13):
        defaults: tuple[Value, ...] = ()
    elif version < (3, 6):
        if instruction.name == "MAKE_CLOSURE":
            machine.pop()
        defaults = tuple(machine.pops(min(flags & 0xFF, _MAX_ARGUMENTS)))
    else:
        parts = machine.pops(sum(1 for bit in (1, 2, 4, 8) if flags & bit))
        defaults = (machine.items(parts[0]) or ()) if flags & 1 else ()
    _default(machine, function, defaults)
    machine.push(function)


def _set_function_attribute(machine: Machine, instruction: Instruction, _: object) -> None:
    value, function = machine.pops(2)
    if instruction.argument == 1:
        _default(machine, function, machine.items(value) or ())
    machine.push(function)


def _default(machine: Machine, function: Value, defaults: tuple[Value, ...]) -> None:
    """Let the last positional parameters have their defaults."""
    for term in function:
        if isinstance(term, Function) and defaults:
            names = term.code.varnames[: max(term.code.argcount, 0)]
            for name, value in zip(names[-len(defaults) :], defaults, strict=False):
                machine.bind(term.code, name, value)


def _keyword_names(machine: Machine, _: Instruction, names: object) -> None:
    machine.keywords = names if isinstance(names, tuple) else ()


OPERATIONS: dict[str, Operation] = {
    "CALL": _call,
    "CALL_KW": _call,
    "KW_NAMES": _keyword_names,
    **dict.fromkeys(
        ("CALL_FUNCTION", "CALL_FUNCTION_KW", "CALL_FUNCTION_VAR", "CALL_FUNCTION_VAR_KW"),
        _call_function,
    ),
    "CALL_METHOD": _call_method,
    "CALL_FUNCTION_EX": _call_function_ex,
    "LOAD_SPECIAL": _load_special,
    "EXEC_STMT": _exec,
    "CALL_INTRINSIC_1": _intrinsic,
    **dict.fromkeys(("MAKE_FUNCTION", "MAKE_CLOSURE"), _make_function),
    "SET_FUNCTION_ATTRIBUTE": _set_function_attribute,
}
