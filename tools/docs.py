"""Make the generated pages: rules, formats, command line, the report's schema and picture.

python -m tools.docs            writes them
python -m tools.docs --check    names those that are stale, and fails if there are any
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from modelassay.cli import main as cli
from modelassay.formats import FORMATS, MODEL_SUFFIXES
from modelassay.policy import Policy, Waivers
from modelassay.reports import jsonl
from modelassay.reports.json import schema
from modelassay.reports.page import page
from modelassay.rules import RULES
from modelassay.rules.references import NAMED
from tools.bill import LOCK, bill
from tools.catalogue.table import page as catalogue_page
from tools.man import man
from tools.picture import picture

DOCS = Path(__file__).resolve().parents[1] / "docs"
CALLABLES = DOCS.parent / "src" / "modelassay" / "rules" / "data" / "callables"
REFRESH = "make docs"
#: Files that loaders read by these names, whatever they hold.
_CONFIGURATIONS = (
    *("config.json", "tokenizer_config.json", "generation_config.json", "adapter_config.json"),
    *("model_index.json", "modules.json", "MLmodel", "Modelfile", "config.pbtxt"),
)

_REPOSITORIES = "../formats/repositories.md"
#: Pages of `docs/formats` that are about several formats, or one of another name.
_TOGETHER = {
    "archives": ("zip", "tar", "7z", "compressed", "base64"),
    "pytorch": (
        *("pytorch-zip", "pytorch-legacy", "pytorch-tar", "pytorch-tar-part", "pytorch-mobile"),
        *("torchscript-source", "torch-export-graph"),
    ),
    "numpy": ("npz",),
    "onnx": ("onnx-text", "onnx-textproto", "onnx-tensor", "onnx-runtime"),
    "keras": ("keras-config", "keras-metadata"),
    "tensorflow": ("tensorflow-text", "tensorflow-checkpoint", "tensorflow-fingerprint"),
    "boosting": (
        *("xgboost", "xgboost-binary", "xgboost-data", "lightgbm", "lightgbm-data"),
        *("catboost", "catboost-json"),
    ),
    "coreml": ("coreml-package", "coreml-weights"),
    "skops": ("skops-schema",),
    "vectors": ("fasttext", "word2vec"),
    "ollama": ("modelfile", "image-manifest"),
    "served": ("torchserve", "torchserve-manifest", "llamafile"),
    "served-models": ("triton", "spacy-config", "rasa", "bento"),
    "source-files": ("python-module", "notebook", "shell", "requirements", "conda", "project"),
    "mlflow": ("mlflow-model",),
    "nemo": ("hydra-config",),
    "mediapipe": ("mediapipe-task", "mojo", "mojo-tree"),
    "mxnet": ("mxnet-params",),
    "paddle": ("paddle-parameters",),
    "orbax": ("ocdbt", "zarr", "zarr-shard"),
    "r": ("r-lazy",),
    "xml": ("openvino", "pmml"),
    "other-files": ("python-code", "script", "picture", "text"),
}


def pages() -> Iterator[tuple[Path, str]]:
    """Yield each generated page with its text."""
    for entry in RULES:
        yield DOCS / "rules" / f"{entry.id}.md", page(entry)
    yield DOCS / "rules" / "README.md", _rules()
    yield DOCS / "reference" / "formats.md", _formats()
    yield DOCS / "reference" / "references.md", _references()
    yield DOCS / "reference" / "command-line.md", _command_line()
    yield DOCS / "reference" / "catalogue.md", catalogue_page(CALLABLES)
    yield DOCS / "reference" / "report.schema.json", json.dumps(schema(), indent=2) + "\n"
    line = json.dumps(jsonl.schema(), indent=2) + "\n"
    yield DOCS / "reference" / "report-line.schema.json", line
    yield DOCS / "reference" / "policy.schema.json", _schema(Policy)
    yield DOCS / "reference" / "baseline.schema.json", _schema(Waivers)
    yield DOCS / "man" / "modelassay.1", man()
    yield DOCS.parent / ".pre-commit-hooks.yaml", _hooks()
    yield LOCK.with_name("modelassay.cdx.json"), bill()
    yield DOCS / "report.svg", picture()


def _hooks() -> str:
    """Return the hook of pre-commit, with all that models are usually called."""
    suffixes = "|".join(sorted(re.escape(suffix) for suffix in MODEL_SUFFIXES))
    names = "|".join(re.escape(name) for name in _CONFIGURATIONS)
    return (
        "- id: modelassay\n"
        "  name: modelassay\n"
        "  description: Tell what model files would do before anybody loads them.\n"
        "  entry: modelassay scan --quiet\n"
        "  language: python\n"
        "  types: [file]\n"
        "  require_serial: true\n"
        f"  files: '(?i)({suffixes})$|(^|/)({names})$'\n"
    )


def _schema(kind: type[Any]) -> str:
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    return json.dumps(made, indent=2) + "\n"


def stale() -> list[Path]:
    """Return the pages that are missing, out of date, or of a rule that is gone."""
    made = dict(pages())
    wrong = [path for path, text in made.items() if _current(path) != text]
    return wrong + sorted(path for path in (DOCS / "rules").glob("*.md") if path not in made)


def _current(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _rules() -> str:
    rules = [entry.load().RULE for entry in RULES]
    rules.sort(key=lambda rule: (-rule.severity.rank, rule.id))
    rows = [f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {rule.title} |" for rule in rules]
    return _table("Rules", ["rule", "up to", "what it finds"], rows)


def described(format: str) -> str | None:
    """Return the page of a format, `None` if it has none."""
    page = next((page for page, formats in _TOGETHER.items() if format in formats), format)
    return page if (DOCS / "formats" / f"{page}.md").exists() else None


def _described(format: str) -> str:
    page = described(format)
    return f"[{format}](../formats/{page}.md)" if page else format


def _formats() -> str:
    rows = [
        f"| {_described(entry.id)} | {entry.title} | {_suffixes(entry.suffixes)} |"
        for entry in sorted(FORMATS, key=lambda entry: entry.id)
    ]
    table = _table("Formats", ["format", "what it is", "usual suffixes"], rows)
    return f"{table}\nFolders of such files are read together: [repositories]({_REPOSITORIES}).\n"


_SPELLINGS = """
All of them are read alike, in the way that leads furthest on any system: `/` and `\\` both part a
path; a drive, a share, a home, a variable of the environment and `\\\\?\\` stand for a place of the
machine; `file:` is a path and any other scheme a URL, also inside of one; escapes of URLs are
decoded; look-alikes of dots and slashes, dots and spaces at the end of a part, and characters
without a width are what systems take them for. Links of archives are followed, also by way of each
other.
"""


def _references() -> str:
    rows = [
        f"| `{role}` | {named.what} | {', '.join(map(_described, named.formats))} "
        f"| [{named.rule}](../rules/{named.rule}.md) |"
        for role, named in sorted(NAMED.items())
    ]
    heads = ["reference", "names", "formats", "judged by"]
    archives = "| members and links | a member, a link | zip, tar, 7z | " + ", ".join(
        f"[{rule}](../rules/{rule}.md)"
        for rule in ("archive-path-traversal", "archive-link-escape")
    )
    return _table("References out of a file", heads, [*rows, f"{archives} |"]) + _SPELLINGS


def _suffixes(suffixes: tuple[str, ...]) -> str:
    return " ".join(f"`{suffix}`" for suffix in suffixes)


def _table(title: str, heads: list[str], rows: list[str]) -> str:
    return "\n".join(
        [f"# {title}", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *rows, ""]
    )


def _command_line() -> str:
    parts = ["# Command line", ""]
    context = click.Context(
        cli.group, info_name="modelassay", terminal_width=100, **cli.group.context_settings
    )
    parts += ["```text", context.get_help(), "```", ""]
    for name in cli.COMMANDS:
        command = cli.group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, context, info_name=name, terminal_width=100)
        parts += [f"## {name}", "", "```text", inner.get_help(), "```", ""]
    return "\n".join(parts)


def main() -> int:
    """Write or check the pages."""
    if "--check" in sys.argv[1:]:
        for path in stale():
            print(f"stale: {path.relative_to(DOCS.parent)}; refresh with: {REFRESH}")
        return bool(stale())
    made = dict(pages())
    for path in stale():
        if path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path], "utf-8", newline="\n")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
