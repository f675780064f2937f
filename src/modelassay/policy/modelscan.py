"""The settings of modelscan, as a policy. What has no counterpart is told in comments.

Of modelscan's settings only what a user switched off carries over: modelassay decides formats by
content, and judges callables and operators by default deny, so lists of suffixes and of unsafe
names have nothing to add.

Source: https://github.com/protectai/modelscan, `modelscan/settings.py` of 0.8.8.
"""

from __future__ import annotations

import json
from typing import Any, Final

from modelassay.policy.reading import load

#: What a scanner of modelscan looks at, as a rule and a format of ours.
_SCANNERS: Final = {
    "H5LambdaDetectScan": ("keras-lambda", "*hdf5*"),
    "KerasLambdaDetectScan": ("keras-lambda", "*"),
    "SavedModelLambdaDetectScan": ("keras-lambda", "*"),
    "SavedModelTensorflowOpScan": ("tf-*", "tensorflow*"),
    "NumpyUnsafeOpScan": ("*", "numpy"),
    "PickleUnsafeOpScan": ("*", "pickle"),
    "PyTorchUnsafeOpScan": ("*", "pytorch*"),
}
#: The names modelscan flags unless told otherwise; more of them need no counterpart.
_USUAL: Final = frozenset(
    (
        *("__builtin__", "builtins", "runpy", "os", "nt", "posix", "socket", "subprocess", "sys"),
        *("operator", "pty", "pickle", "_pickle", "bdb", "pdb", "shutil", "asyncio"),
    )
)


def translate(path: str) -> str:
    """Return the policy, as TOML, that comes nearest to the settings in `path`.

    Raises `PolicyError`.
    """
    _, settings = load(path)
    lines = ["# Made from the settings of modelscan.", "schema = 1", 'fail_on = "low"']
    lines.append('# modelscan fails on anything it finds; `fail_on = "high"` is our default.')
    scanners = settings.get("scanners")
    for name, scanner in (scanners if isinstance(scanners, dict) else {}).items():
        lines += _scanner(str(name), scanner)
    lines += _dropped(settings)
    return "\n".join(lines) + "\n"


def _scanner(name: str, settings: Any) -> list[str]:
    if not isinstance(settings, dict) or settings.get("enabled", True):
        return []
    short = name.rpartition(".")[2]
    known = _SCANNERS.get(short)
    if known is None:
        return ["", f"# not taken over: the scanner {_comment(name)}, which is switched off"]
    rule, kind = known
    reason = json.dumps(f"{short} is switched off in the settings of modelscan")
    return [
        "",
        "[[exceptions]]",
        'fail_on = "never"',
        f'rule = "{rule}"',
        f'format = "{kind}"',
        f"reason = {reason}",
    ]


def _dropped(settings: dict[str, Any]) -> list[str]:
    """Tell what was left out, and why nothing is lost by it."""
    lines = []
    levels = settings.get("unsafe_globals")
    listed = {
        str(module)
        for level in (levels.values() if isinstance(levels, dict) else ())
        for module in (level if isinstance(level, dict) else ())
    }
    gone = sorted(_USUAL - listed) if isinstance(levels, dict) else []
    if gone:
        names = ", ".join(gone)
        lines.append(f"# not taken over: that {names} are not listed as unsafe; they stay flagged")
    if any(key in settings for key in ("supported_zip_extensions", "middlewares")):
        lines.append("# not needed: suffixes; the format of a file is decided by its content")
    return ["", *lines] if lines else []


def _comment(text: str) -> str:
    return json.dumps(text)
