"""Statements of a template, followed in their order without rendering them.

A template is walked twice: what a loop sets at its end is known at its start only the second time.
Scopes are not kept apart; a name may be worth all it was ever set to.
"""

from __future__ import annotations

from typing import Final

from jinja2 import nodes

from modelassay.formats.chat_template import recursion
from modelassay.formats.chat_template.evaluation import Evaluator
from modelassay.formats.chat_template.record import Record
from modelassay.formats.chat_template.values import NOTHING, Items, Table, Worth, join

_MOST_CALLS: Final = 200
_LARGE: Final = 10_000
#: What is told where it stands; of all else, what it is put together to is told as well.
_AS_WRITTEN: Final = (nodes.TemplateData, nodes.Const)
#: How many times a loop over a conversation is taken to turn.
_TURNS: Final = 17


class Walker:
    """Walks a template. What it does is found in `record`."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.evaluator = Evaluator(record)
        self.macros: dict[str, nodes.Macro] = {}
        self.turns = 1
        self.loops = 0

    def walk(self, tree: nodes.Template) -> None:
        """Walk the whole template. Raises `TooDeepError`, `OverflowError` and `BudgetError`."""
        pending: list[nodes.Node] = [tree]
        while pending:
            node = pending.pop()
            pending.extend(node.iter_child_nodes())
            if isinstance(node, nodes.Macro):
                self.macros[node.name] = node
        self.evaluator.macros = set(self.macros)
        for name, macro in self.macros.items():
            if recursion.endless(name, self.macros):
                self.record.repeat(macro, f"macro {name}", recursion.ENDLESS)
        for muted in (True, False):
            self.record.muted = muted
            self.body(tree.body)
            self._called()

    def body(self, statements: list[nodes.Node]) -> None:
        """Walk statements in their order."""
        for statement in statements:
            self.record.step()
            self._statement(statement)

    def _statement(self, node: nodes.Node) -> None:
        worth = self.evaluator.worth
        match node:
            case nodes.Output(nodes=parts):
                for part in parts:
                    made = worth(part, emits=True)
                    for text in () if isinstance(part, _AS_WRITTEN) else made.texts:
                        self.record.emit(part, text)
            case nodes.If():
                self._if(node)
            case nodes.For():
                self._for(node)
            case nodes.Assign(target=target, node=value):
                self._assign(target, value)
            case nodes.AssignBlock(target=target, body=body):
                self.body(body)
                self._set(target, self._rendered(body))
            case nodes.With(targets=targets, values=values, body=body):
                for target, value in zip(targets, values, strict=False):
                    self._set(target, worth(value, emits=True))
                self.body(body)
            case nodes.ExprStmt(node=value):
                worth(value)
            case _:
                self._structure(node)

    def _structure(self, node: nodes.Node) -> None:
        worth = self.evaluator.worth
        match node:
            case nodes.Macro(name=name):
                # Walked where it is called; one that nobody calls, at the end.
                for default in node.defaults:
                    worth(default)
                self.macros[name] = node
            case nodes.CallBlock(call=call, body=body):
                worth(call)
                self.body(body)
            case nodes.FilterBlock(filter=applied, body=body):
                worth(applied)
                self.body(body)
            case nodes.Include(template=template) | nodes.Extends(template=template):
                self.record.add(node, "load", (type(node).__name__.lower(),), (worth(template),))
            case nodes.Import(template=template) | nodes.FromImport(template=template):
                self.record.add(node, "load", ("import",), (worth(template),))
            case nodes.ExprStmt(node=value):
                worth(value)
            case nodes.ScopedEvalContextModifier(options=options, body=body):
                for option in options:
                    worth(option.value)
                self.body(body)
            case nodes.Scope(body=body) | nodes.Block(body=body):
                self.body(body)

    def _if(self, node: nodes.If) -> None:
        met = self.evaluator.worth(node.test).when
        with self.record.under(met):
            self.body(node.body)
        for branch in node.elif_:
            with self.record.under(met):
                condition = self.evaluator.worth(branch.test).when
            with self.record.under(met, condition):
                self.body(branch.body)
            met = met | condition
        with self.record.under(met):
            self.body(node.else_)

    def _for(self, node: nodes.For) -> None:
        iterated = self.evaluator.worth(node.iter)
        self._set(node.target, _member(iterated))
        turns = self.turns
        if iterated.count is not None:
            self.turns *= max(iterated.count, 1)
            if self.turns > _LARGE:
                self.record.repeat(node, "for", self.turns)
        condition = self.evaluator.worth(node.test).when if node.test else frozenset[str]()
        if node.recursive and recursion.same_again(node):
            self.record.repeat(node, "loop", recursion.ENDLESS)
        self.loops += 1
        with self.record.under(condition, iterated.when):
            self.body(node.body)
        self.loops -= 1
        self.turns = turns
        self.body(node.else_)

    def _assign(self, target: nodes.Node, value: nodes.Node) -> None:
        worth = self.evaluator.worth(value, emits=True)
        self._doubled(target, value)
        called = value.node if isinstance(value, nodes.Call) else None
        if isinstance(called, nodes.Name) and called.name == "namespace":
            for pair in value.kwargs if isinstance(value, nodes.Call) else ():
                if isinstance(target, nodes.Name):
                    self._keep(f"{target.name}.{pair.key}", self.evaluator.worth(pair.value))
        for condition in self.record.conditions:
            worth = join(worth, Worth(when=condition))
        self._set(target, worth)

    def _doubled(self, target: nodes.Node, value: nodes.Node) -> None:
        """Tell of what a loop makes twice as long at each turn."""
        if not self.loops or not isinstance(target, nodes.NSRef):
            return
        own = (target.name, target.attr)
        attributes = [used for used in _operands(value) if isinstance(used, nodes.Getattr)]
        uses = [(getattr(used.node, "name", ""), used.attr) for used in attributes]
        if uses.count(own) > 1:
            turns = self.turns if self.turns > 1 else _TURNS
            self.record.repeat(value, "~", 1 << min(turns, 62))

    def _set(self, target: nodes.Node, worth: Worth) -> None:
        match target:
            case nodes.Name(name=name):
                self._keep(name, worth)
            case nodes.NSRef(name=name, attr=attr):
                self._keep(f"{name}.{attr}", worth)
            case nodes.Tuple(items=targets):
                for index, inner in enumerate(targets):
                    self._set(inner, _nth(worth, index))

    def _keep(self, name: str, worth: Worth) -> None:
        before = self.evaluator.scope.get(name)
        self.evaluator.scope[name] = worth if before is None else join(before, worth)

    def _called(self) -> None:
        """Walk the macros that were called, under the conditions of each call, then the others."""
        done: set[tuple[str, frozenset[str]]] = set()
        called = self.evaluator.called
        for name in self.macros:
            called.append((name, (), ()))
        while called:
            name, args, conditions = called.pop(0)
            key = (name, frozenset().union(*conditions))
            macro = self.macros[name]
            for target, arg in zip(macro.args, args, strict=False):
                self._set(target, arg)
            if key in done or len(done) > _MOST_CALLS:
                continue
            done.add(key)
            with self.record.under(*conditions):
                self.body(macro.body)
            self.evaluator.rendered[name] = self._rendered(macro.body)

    def _rendered(self, body: list[nodes.Node]) -> Worth:
        """Return the text that outputs right in `body` make, or may be a part of."""
        muted, self.record.muted = self.record.muted, True
        outputs = [part for node in body if isinstance(node, nodes.Output) for part in node.nodes]
        worths = [self.evaluator.worth(part) for part in outputs]
        self.record.muted = muted
        known = self.evaluator.concatenation(worths) if worths else NOTHING
        return join(known, Worth(chain=("?",)))


def _operands(value: nodes.Node) -> list[nodes.Node]:
    """Return what operators put in a row, wherever it stands in the row."""
    found: list[nodes.Node] = []
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, nodes.Concat | nodes.Add):
            pending.extend(node.iter_child_nodes())
        else:
            found.append(node)
    return found


def _member(worth: Worth) -> Worth:
    """Return what a loop over `worth` sets its name to."""
    members: list[Worth] = []
    for choice in worth.choices:
        if isinstance(choice, Items):
            members.extend(choice.items[:64])
        elif isinstance(choice, Table):
            members.extend(key for key, _ in choice.items[:64])
        elif isinstance(choice, str):
            members.extend(Worth((character,)) for character in dict.fromkeys(choice[:64]))
    if worth.chain or not members:
        chain = (*worth.chain, "?") if worth.chain else ()
        members.append(Worth((), chain, worth.free, worth.when))
    return join(*members)


def _nth(worth: Worth, index: int) -> Worth:
    """Return what unpacking `worth` gives in the place `index`."""
    members = [
        choice.items[index]
        for choice in worth.choices
        if isinstance(choice, Items) and index < len(choice.items)
    ]
    if not members:
        chain = (*worth.chain, "?") if worth.chain else ()
        return Worth((), chain, worth.free, worth.when)
    return join(*members, NOTHING)
