"""Formats and rules of other packages, loaded only where a user names the plugin.

A package offers a module under the entry point group `modelassay.plugins`; its `FORMATS` and
`RULES` are tuples of `formats.Entry` and `rules.Entry` with their own `package`. A plugin runs code
of that package, so nothing but the user's own word loads one.
"""

from __future__ import annotations

from modelassay import formats, rules
from modelassay.core.errors import Error

GROUP = "modelassay.plugins"
_loaded: dict[str, str] = {}


class PluginError(Error):
    """A plugin that is not installed, or cannot be used."""

    advice = "Install the package that brings it, and look at what it prints when it is imported."


def load(name: str) -> None:
    """Load the plugin `name` once. Raises `PluginError`."""
    if name in _loaded:
        return
    from importlib.metadata import entry_points  # what most scans have no use for

    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        known = ", ".join(sorted(point.name for point in entry_points(group=GROUP))) or "none"
        raise PluginError(f"there is no plugin {name!r}; installed: {known}")
    try:
        module = found[0].load()
        formats.add(*getattr(module, "FORMATS", ()))
        rules.add(*getattr(module, "RULES", ()))
    except Exception as error:
        raise PluginError(f"the plugin {name!r} cannot be used: {error!r}") from error
    maker = found[0].dist
    _loaded[name] = f"{maker.name} {maker.version}" if maker is not None else ""


def loaded() -> list[tuple[str, str]]:
    """Return the names of the plugins that are in use, each with its package and version."""
    return sorted(_loaded.items())
