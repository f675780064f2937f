"""Where things to scan come from: one file a kind of target."""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.kernel import Item


def items(
    target: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()
) -> Iterator[Item]:
    """Yield what `target` names: `-` is standard input, anything else a file or a folder."""
    if target == "-":
        from modelassay.sources import stdin

        yield from stdin.items()
    else:
        from modelassay.sources import local

        yield from local.items(target, include, exclude)
