"""Reading a policy file or a baseline: TOML, every mistake told with its line and key."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Any, TypeVar

import msgspec

from modelassay.policy.types import Policy, PolicyError, Waivers

T = TypeVar("T")
_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]{1,200}?)\s*\]")
_KEY = re.compile(r"""^\s*["']?([\w.-]{1,200})["']?\s*=""")
_PLACE = re.compile(r" - at `\$(.{0,500})`$")
_UNKNOWN = re.compile(r"unknown field `([^`]{1,200})`")


def read_policy(path: str) -> Policy:
    """Read the policy in `path`; of a pyproject.toml, its table `tool.modelassay`.

    Files of YARA rules are taken relative to it. Raises `PolicyError`.
    """
    text, data = load(path)
    prefix: tuple[str, ...] = ()
    if os.path.basename(path) == "pyproject.toml":
        prefix = ("tool", "modelassay")
        tool = data.get("tool")
        data = tool.get("modelassay") if isinstance(tool, dict) else None
        if not isinstance(data, dict):
            raise PolicyError(f"{path}: there is no table [tool.modelassay]")
    policy = _convert(path, text, data, Policy, prefix)
    folder = os.path.dirname(path)
    return msgspec.structs.replace(
        policy, yara=tuple(os.path.join(folder, file) for file in policy.yara)
    )


def read_waivers(path: str) -> Waivers:
    """Read the baseline in `path`. Raises `PolicyError`."""
    text, data = load(path)
    return _convert(path, text, data, Waivers, ())


def load(path: str) -> tuple[str, Any]:
    """Return the text of a TOML file and what it says. Raises `PolicyError`."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        return text, tomllib.loads(text)
    except OSError as error:
        raise PolicyError(f"cannot read {path!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: {error}") from error
    except RecursionError as error:
        raise PolicyError(f"{path}: it is nested too deep") from error


def _convert(path: str, text: str, data: Any, kind: type[T], prefix: tuple[str, ...]) -> T:
    try:
        return msgspec.convert(data, kind, strict=True)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        steps = _steps(place[1] if place else "")
        unknown = _UNKNOWN.search(message)
        if unknown:
            steps.append(unknown[1])
        line = _line(text, [*prefix, *steps])
        key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        where = f"{path}:{line}" + (f": {key.lstrip('.')}" if key else "")
        raise PolicyError(f"{where}: {_PLACE.sub('', message)}") from error


def _steps(place: str) -> list[str | int]:
    """Split a place such as `.vouch[0].names` into its steps."""
    found = re.findall(r"\.([\w-]+)|\[(\d+)\]|\[\.\.\.\]", place)
    return [int(index) if index else name for name, index in found if name or index]


def _line(text: str, steps: list[str | int]) -> int:
    """Return the number of the line that sets the key at `steps`, or of its table."""
    best, deepest = 1, -1
    table: list[str | int] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := _TABLE.match(line):
            name = found[2]
            table = [part.strip("\"'") for part in re.split(r"\s*\.\s*", name)]
            if found[1] == "[[":
                table.append(counts.get(name, 0))
                counts[name] = counts.get(name, 0) + 1
            here = table
        elif found := _KEY.match(line):
            here = [*table, *found[1].split(".")]
        else:
            continue
        if here == steps[: len(here)] and len(here) > deepest:
            best, deepest = number, len(here)
    return best
