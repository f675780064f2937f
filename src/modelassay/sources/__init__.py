"""Where things to scan come from: one file a kind of target."""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.kernel import Item


def items(target: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Iterator[Item]:
    """Yield what `target` names: `-` is standard input, anything else a file or a folder."""
    if target == "-":
        from modelassay.sources.stdin import items as standard_input

        yield from standard_input()
    else:
        from modelassay.sources.local import items as local

        yield from local(target, include, exclude)
