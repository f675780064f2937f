"""Expressions of a template, followed without rendering them.

Source: `jinja2/nodes.py` and `jinja2/filters.py` of Jinja 3.1. Nothing here is looked up or called;
what an expression would reach, and what it would be worth, is told from the syntax tree alone.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from jinja2 import nodes

from modelassay.formats.chat_template import folding, sizes
from modelassay.formats.chat_template.record import Record
from modelassay.formats.chat_template.values import (
    LONGEST,
    MOST_CHOICES,
    NOTHING,
    Items,
    Plain,
    Table,
    Worth,
    either,
    items,
    join,
    marked,
    pieces,
    shown,
    table,
    texts_inside,
)

#: Keys under which a conversation keeps what people wrote.
_WRITTEN: Final = {"content", "text", "reasoning", "reasoning_content", "thinking", "query"}
#: Keys under which it keeps how that is made up.
_STRUCTURE: Final = {"type", "role", "name", "id", "tool_calls", "function", "keys", "mime_type"}
#: Functions whose text nobody's model reads.
_ERRORS: Final = {("raise_exception",), ("raise",)}
_CLOCK: Final = {"strftime_now", "now", "datetime"}
_BY_ATTRIBUTE: Final = {"map", "sum", "sort", "groupby", "unique", "min", "max", "join"}
_BY_TEST: Final = {"selectattr": 0, "rejectattr": 0}
_OPERATORS: Final = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
}
#: Whatever is made of such a string, it is there to be looked up.
_PRIVATE: Final = re.compile(r"__\w{1,60}__\Z")
_SPREADING: Final = {"list", "join", "sum", "reverse", "map", "select", "reject", "sort", "string"}
_DEEPEST: Final = 120


#: Methods and filters that take one of the items there are.
_CHOOSING: Final = {"next", "pop", "random", "max", "min"}
_TAKING_TURNS: Final = {("cycler",), ("loop", "cycle")}
#: What a value went through that can only be text from then on.
_MAKING_TEXT: Final = {"|string", "|tojson", "|join", "|lower", "|upper", "|replace", "|trim"}


class TooDeepError(ValueError):
    """An expression is nested deeper than is followed."""


class Evaluator:
    """Follows expressions. `scope` holds what names were set to, `called` the macros in use."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.scope: dict[str, Worth] = {}
        self.macros: set[str] = set()
        self.rendered: dict[str, Worth] = {}
        self.called: list[tuple[str, tuple[Worth, ...], tuple[frozenset[str], ...]]] = []
        self.depth = 0

    def worth(self, node: nodes.Node | None, emits: bool = False, inner: bool = False) -> Worth:
        """Return what `node` may be worth.

        `emits` tells that its text is held for output; `inner` that a longer chain goes on from it.
        """
        if node is None:
            return NOTHING
        self.record.step()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TooDeepError(f"line {node.lineno}")
        try:
            worth = self._worth(node, emits)
        finally:
            self.depth -= 1
        if not inner and worth.chain and isinstance(node, nodes.Getattr | nodes.Getitem):
            self.record.add(node, "get", worth.chain)
        return worth

    def _worth(self, node: nodes.Node, emits: bool) -> Worth:
        match node:
            case nodes.Const(value=value):
                return self._constant(node, value, emits)
            case nodes.TemplateData(data=data):
                self.record.emit(node, data)
                return Worth((data,))
            case nodes.Name(name=name):
                return self.scope.get(name) or Worth(chain=(name,))
            case nodes.Getattr(node=base, attr=attr):
                return self._attribute(base, attr)
            case nodes.Getitem(node=base, arg=arg):
                return self._item(node, base, arg)
            case nodes.Call():
                return self._call(node, emits)
            case nodes.Filter():
                return self._filter(node, emits)
            case nodes.Test():
                return self._test(node)
            case nodes.Compare():
                return self._compare(node)
        return self._combined(node, emits)

    def _combined(self, node: nodes.Node, emits: bool) -> Worth:
        """Return what an expression of operands is worth."""
        match node:
            case nodes.CondExpr(test=test, expr1=first, expr2=second):
                condition = self.worth(test)
                with self.record.under(condition.when):
                    worth = join(self.worth(first, emits), self.worth(second, emits))
                return marked(worth, condition.when)
            case nodes.Concat(nodes=parts):
                return self.concatenation([self.worth(part, emits) for part in parts])
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                first_worth = self.worth(left, emits)
                with self.record.under(first_worth.when):
                    return join(first_worth, self.worth(right, emits))
            case nodes.BinExpr():
                return self._arithmetic(node, emits)
            case nodes.Neg(node=base):
                base_worth = self.worth(base)
                numbers = [c for c in base_worth.choices if isinstance(c, int)]
                return Worth(tuple(-number for number in numbers), None if numbers else ())
            case nodes.UnaryExpr(node=base):
                return self.worth(base)
            case nodes.List(items=members) | nodes.Tuple(items=members):
                return items(*(self.worth(member, emits) for member in members))
            case nodes.Dict(items=pairs):
                return table(
                    *((self.worth(pair.key), self.worth(pair.value, emits)) for pair in pairs)
                )
            case nodes.MarkSafe(expr=base) | nodes.MarkSafeIfAutoescape(expr=base):
                return self.worth(base, emits)
        return join(*(self.worth(child) for child in node.iter_child_nodes()), NOTHING)

    def _constant(self, node: nodes.Node, value: object, emits: bool) -> Worth:
        if isinstance(value, str):
            if emits:
                self.record.emit(node, value)
            if _PRIVATE.match(value):
                self.record.add(node, "get", ("?", value))
            return Worth((value[:LONGEST],))
        if isinstance(value, int | float | None):
            return Worth((value,))
        return NOTHING

    # Chains of attributes and keys

    def _attribute(self, base: nodes.Expr, attr: str) -> Worth:
        if isinstance(base, nodes.Name) and (kept := self.scope.get(f"{base.name}.{attr}")):
            return kept
        return self._get(self.worth(base, inner=True), Worth((attr,)))

    def _item(self, node: nodes.Node, base: nodes.Expr, arg: nodes.Expr) -> Worth:
        worth = self.worth(base, inner=True)
        if not isinstance(arg, nodes.Slice):
            return self._get(worth, self.worth(arg), node)
        start, stop, step = (self._number(part) for part in (arg.start, arg.stop, arg.step))
        cut: list[Plain] = []
        for choice in worth.choices:
            if isinstance(choice, str) and step != 0:
                cut.append(choice[start:stop:step])
            elif isinstance(choice, Items) and step != 0:
                cut.append(Items(choice.items[start:stop:step], choice.weight))
        return Worth(tuple(cut), worth.chain if not cut else None, worth.free, worth.when)

    def _number(self, node: nodes.Expr | None) -> int | None:
        choices = self.worth(node).choices if node is not None else ()
        return next((choice for choice in choices if isinstance(choice, int)), None)

    def _get(self, base: Worth, key: Worth, node: nodes.Node | None = None) -> Worth:
        """Return what `key` leads to from `base`."""
        found = [
            element
            for holder, name in folding.combinations(base, key)
            if (element := folding.element(holder, name)) is not None
        ]
        if not found and key.free and node is not None:
            found = self._looked_up(base, key, node)
        names = [str(name) for name in key.choices if isinstance(name, str | int)]
        names = names or ["?text" if key.pieced else "?"]
        start = base.chain or tuple(shown(choice) for choice in base.choices[:1]) or ("?",)
        # Of several names the one a loader must not reach is what counts.
        name = max(names, key=lambda text: (text.startswith("_"), text == "content"))
        chain = None if found else (*start, name)
        free = (base.free or name in _WRITTEN) and name not in _STRUCTURE
        return join(Worth((), chain, free, base.when), *found)

    def _looked_up(self, base: Worth, key: Worth, node: nodes.Node) -> list[Worth]:
        """Return the values of a constant table that is asked by what people wrote."""
        values = []
        for choice in base.choices:
            if isinstance(choice, Table):
                for name, value in choice.items:
                    with self.record.under(frozenset(name.texts) | key.when):
                        for text in value.texts:
                            self.record.emit(node, text)
                    values.append(value)
        return values

    # Calls

    def _call(self, node: nodes.Call, emits: bool) -> Worth:
        callee = self.worth(node.node, inner=True)
        names_macro = isinstance(node.node, nodes.Name) and node.node.name in self.macros
        emits = (emits or names_macro) and callee.chain not in _ERRORS
        args = tuple(self.worth(arg, emits) for arg in node.args)
        pairs = [(pair.key, self.worth(pair.value, emits)) for pair in node.kwargs]
        extra = [self.worth(more) for more in (node.dyn_args, node.dyn_kwargs) if more is not None]
        worths = (*args, *(worth for _, worth in pairs), *extra)
        chain = callee.chain or tuple(shown(choice) for choice in callee.choices[:1]) or ("?",)
        self.record.add(node, "call", chain, worths)
        if names_macro and isinstance(node.node, nodes.Name):
            self.called.append((node.node.name, worths, self.record.conditions))
            return join(self.rendered.get(node.node.name, NOTHING), *worths, NOTHING)
        if chain in _TAKING_TURNS:
            return join(items(*args), Worth(chain=(*chain, "()")))
        if chain == ("dict",):
            return table(*((Worth((key,)), worth) for key, worth in pairs))
        if chain == ("range",):
            return self._range(node, args)
        return self._method(node, callee, chain, worths)

    def _range(self, node: nodes.Node, args: tuple[Worth, ...]) -> Worth:
        numbers = [[c for c in arg.choices if isinstance(c, int)] for arg in args]
        if not args or not all(numbers):
            return Worth(chain=("range", "()"))
        bounds = [max(choices, key=abs) for choices in numbers[:3]]
        start, stop = (0, bounds[0]) if len(bounds) == 1 else bounds[:2]
        step = bounds[2] if len(bounds) > 2 else 1
        return Worth((), ("range", "()"), count=abs(stop - start) // max(abs(step), 1))

    def _method(
        self, node: nodes.Call, callee: Worth, chain: tuple[str, ...], args: tuple[Worth, ...]
    ) -> Worth:
        sizes.measure(self.record, node, chain[-1], args)
        if chain[-1] == "format":
            sizes.width(self.record, node, Worth((chain[0],)))
        # The text a method belongs to stands in front of its name.
        holder = node.node.node if isinstance(node.node, nodes.Getattr) else None
        if holder is not None and len(chain) > 1:
            held = self.worth(holder, inner=True)
            if chain[-1] in _CHOOSING and (members := _members(held)):
                return join(*members)
            choices = folding.apply(chain[-1], held, args)
            if choices:
                return Worth(choices, None, held.free, held.when)
            if chain[-1] == "get" and args and (found := self._get(held, args[0], node)).choices:
                return found
        when = callee.when
        free = callee.free or any(arg.free for arg in args) or chain[0] in _CLOCK
        if callee.free:
            when = when.union(*(arg.texts for arg in args))
        when = when.union(*(arg.when for arg in args))
        return Worth((), (*chain, "()"), free, when, pieced=pieces(chain[-1], callee, args))

    # Filters and tests

    def _filter(self, node: nodes.Filter, emits: bool) -> Worth:
        base = self.worth(node.node, emits, inner=True) if node.node is not None else NOTHING
        args = tuple(self.worth(arg, emits and node.name == "default") for arg in node.args)
        pairs = {str(pair.key): self.worth(pair.value) for pair in node.kwargs}
        extra = [self.worth(more) for more in (node.dyn_args, node.dyn_kwargs) if more is not None]
        worths = (*args, *pairs.values(), *extra)
        start = base.chain or tuple(shown(choice) for choice in base.choices[:1]) or ("?",)
        self.record.add(node, "filter", (*start, node.name), worths)
        sizes.measure(self.record, node, node.name, worths)
        if node.name == "format":
            sizes.width(self.record, node, base)
        if node.name in _SPREADING and (base.count or 0) > sizes.LARGE:
            self.record.repeat(node, node.name, base.count or 0)
        if node.name == "attr" and args:
            worth = self._get(base, args[0])
            if worth.chain:
                self.record.add(node, "get", worth.chain)
            return worth
        self._attributes(node, start, args, pairs)
        if node.name in _CHOOSING and (members := _members(base)):
            return join(*members)
        choices = folding.apply(node.name, base, worths if node.name == "format" else args)
        if choices:
            return Worth(choices, None, base.free, base.when)
        when = base.when.union(*(arg.when for arg in worths))
        free = base.free or any(arg.free for arg in worths)
        if node.name in ("select", "reject", "selectattr", "rejectattr") and free:
            when = when.union(texts_inside(base), *(arg.texts for arg in args[1:]))
        free = free or any("content" in arg.texts for arg in worths)
        if node.name in ("selectattr", "rejectattr") and args and set(args[0].texts) & _WRITTEN:
            when = when.union(*(arg.texts for arg in args[2:]))
        if node.name in ("default", "d"):
            return join(base, *args)
        dumped = start[0] == "messages" and node.name in ("string", "tojson", "list", "join")
        pieced = pieces(node.name, base, worths)
        return Worth((), (*start, f"|{node.name}"), free or dumped, when, base.count, pieced)

    def _attributes(
        self,
        node: nodes.Node,
        start: tuple[str, ...],
        args: tuple[Worth, ...],
        pairs: dict[str, Worth],
    ) -> None:
        """Tell of the attributes a filter is given by name."""
        name = getattr(node, "name", "")
        named: list[Worth] = []
        if name in _BY_ATTRIBUTE:
            named += [pairs["attribute"]] if "attribute" in pairs else []
            position = {"groupby": 0, "sum": 0}.get(name, 1 if name == "join" else -1)
            if 0 <= position < len(args):
                named.append(args[position])
            if name == "map" and args and "attr" in args[0].texts:
                named += args[1:2]
        elif name in _BY_TEST and args:
            named.append(args[0])
        for worth in named:
            for text in worth.texts:
                self.record.add(node, "get", (*start, *text.split(".")))
            if not worth.choices:
                self.record.add(node, "filter", (*start, "attr"), (worth,))

    def _test(self, node: nodes.Test) -> Worth:
        base = self.worth(node.node)
        args = tuple(self.worth(arg) for arg in node.args)
        self.record.add(node, "test", (*(base.chain or ()), node.name), args)
        if not args:  # a question of its kind, not of its words
            return Worth(chain=())
        return self._compared([base, *args])

    def _compare(self, node: nodes.Compare) -> Worth:
        return self._compared(
            [self.worth(node.expr), *(self.worth(operand.expr) for operand in node.ops)]
        )

    def _compared(self, sides: list[Worth]) -> Worth:
        """Return what a comparison is worth: unknown, but known by what it compares with."""
        when = frozenset().union(*(side.when for side in sides))
        if any(side.free for side in sides):
            for side in sides:
                if not side.free:
                    when = when.union(side.texts, texts_inside(side))
        return Worth((), (), False, when)

    # Operators

    def concatenation(self, parts: list[Worth]) -> Worth:
        """Return what the texts of `parts` make in a row."""
        worth = parts[0]
        for part in parts[1:]:
            texts = tuple(
                str(left) + str(right)
                for left, right in folding.combinations(worth, part)
                if isinstance(left, str | int)
                and isinstance(right, str | int)
                and len(str(left)) + len(str(right)) <= LONGEST
            )
            worth = either(worth, part, texts)
        if len(parts) > 1 and not worth.choices:
            worth = msgspec.structs.replace(worth, pieced=True)
        return worth

    def _arithmetic(self, node: nodes.BinExpr, emits: bool) -> Worth:
        """Return what operators in a row are worth; a long row is no deep nesting."""
        row: list[nodes.BinExpr] = []
        first: nodes.Expr = node
        while isinstance(first, nodes.BinExpr) and not isinstance(first, nodes.And | nodes.Or):
            row.append(first)
            first = first.left
        worth = self.worth(first, emits)
        for operation in reversed(row):
            worth = self._operation(operation, worth, self.worth(operation.right, emits))
        return worth

    def _operation(self, node: nodes.BinExpr, left: Worth, right: Worth) -> Worth:
        if isinstance(node, nodes.Mod):
            sizes.width(self.record, node, left)
        operator = _OPERATORS.get(type(node), "")
        results: list[Plain] = []
        count = sizes.repeated(self.record, node, left, right) if operator == "*" else None
        for first, second in folding.combinations(left, right):
            if (
                operator in ("*", "**")
                and (size := folding.size_of(operator, first, second)) > sizes.LARGE
            ):
                self.record.repeat(node, operator, size)
            result = folding.arithmetic(operator, first, second)
            if result is not None:
                results.append(result)
        worth = either(left, right, tuple(results))
        pieced = worth.pieced or (operator == "+" and not results and _textual(left, right))
        return msgspec.structs.replace(worth, count=count, pieced=pieced)


def _members(worth: Worth) -> list[Worth]:
    """Return the items of the lists among the choices."""
    lists = [choice for choice in worth.choices if isinstance(choice, Items)]
    return [member for choice in lists for member in choice.items[:MOST_CHOICES]]


def _textual(*worths: Worth) -> bool:
    """Whether each of these comes of something that was made text."""
    return all(_MAKING_TEXT.intersection(worth.chain or ()) for worth in worths)
