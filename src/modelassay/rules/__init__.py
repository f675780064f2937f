"""The table of rules. To add one: a module with `RULE` and `check`, and one line here.

A rule is imported only where a fact of a kind it listens to was found.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType

import msgspec

from modelassay.core.facts import KINDS, Fact


class Entry(msgspec.Struct, frozen=True):
    """A rule's id, which is its module's name with dashes, and the kinds of fact it listens to.

    The module stands in `package`, which is another one where a plugin brings the rule.
    """

    id: str
    listens: tuple[str, ...]
    package: str = "modelassay.rules"

    def load(self) -> ModuleType:
        """Import the module of this rule."""
        return _module(self.package, self.id.replace("-", "_"))


@cache
def _module(package: str, name: str) -> ModuleType:
    return import_module(f"{package}.{name}")


_NAMES = ("import", "call", "state")

RULES: tuple[Entry, ...] = (
    Entry("code-execution", _NAMES),
    Entry("command-execution", _NAMES),
    Entry("file-access", _NAMES),
    Entry("network-access", _NAMES),
    Entry("native-code", _NAMES),
    Entry("nested-load", _NAMES),
    Entry("name-resolution", _NAMES),
    Entry("callback-dispatch", _NAMES),
    Entry("process-control", _NAMES),
    Entry("scanner-tampering", _NAMES),
    Entry("unlisted-callable", _NAMES),
    Entry("unrecognised-class", _NAMES),
    Entry("unvouched-package", _NAMES),
    Entry("suggestive-callable", _NAMES),
    Entry("attribute-path", _NAMES),
    Entry("hostile-argument", _NAMES),
    Entry("computed-name", ("import", "call")),
    Entry("live-object-update", ("state",)),
    Entry("odd-state", ("state",)),
    Entry("extension-code", ("lookup",)),
    Entry("broken-pickle", ("anomaly",)),
    Entry("resource-exhaustion", ("anomaly",)),
    Entry("polyglot", ("anomaly",)),
    Entry("skops-loader", ("anomaly",)),
    Entry("config-target", ("reference",)),
    Entry("config-resolver", ("reference",)),
    Entry("code-by-value", ("code",)),
    Entry("torchscript-operator", ("code", "graph")),
    Entry("exported-program", ("code",)),
    Entry("compiled-model", ("member",)),
    Entry("persistent-id", ("lookup",)),
    Entry("tensor-out-of-bounds", ("anomaly",)),
    Entry("storage-mismatch", ("anomaly",)),
    Entry("numpy-header", ("anomaly",)),
    Entry("external-array", ("reference",)),
    Entry("archive-path-traversal", ("member",)),
    Entry("archive-link-escape", ("member",)),
    Entry("archive-lie", ("anomaly",)),
    Entry("archive-damage", ("anomaly",)),
    Entry("encrypted-member", ("anomaly",)),
    Entry("decompression-bomb", ("anomaly", "limit")),
    Entry("unexpected-data", ("anomaly",)),
    Entry("limit-reached", ("limit",)),
    Entry("external-data", ("reference", "anomaly")),
    Entry("python-operator", ("graph",)),
    Entry("custom-operator", ("graph",)),
    Entry("ep-context", ("graph",)),
    Entry("graph-backdoor", ("graph",)),
    Entry("graph-bomb", ("graph", "anomaly")),
    Entry("tf-file-operator", ("graph", "reference")),
    Entry("tf-native-operator", ("graph",)),
    Entry("tf-network-operator", ("graph",)),
    Entry("tf-nested-graph", ("graph", "anomaly")),
    Entry("tensor-mismatch", ("anomaly",)),
    Entry("protobuf-structure", ("anomaly",)),
    Entry("flatbuffer-structure", ("anomaly",)),
    Entry("checkpoint-index", ("anomaly",)),
    Entry("keras-lambda", ("layer",)),
    Entry("keras-module-import", ("layer",)),
    Entry("keras-custom-object", ("layer",)),
    Entry("keras-gadget", ("layer",)),
    Entry("keras-unsafe-switch", ("layer",)),
    Entry("keras-external-model", ("reference",)),
    Entry("keras-path", ("reference",)),
    Entry("keras-ambiguous-config", ("anomaly",)),
    Entry("hdf5-external", ("reference",)),
    Entry("hdf5-filter", ("anomaly",)),
    Entry("hdf5-user-block", ("anomaly",)),
    Entry("hdf5-structure", ("anomaly",)),
    Entry("size-bomb", ("anomaly",)),
    Entry("template-escape", ("template",)),
    Entry("template-exhaustion", ("template", "anomaly")),
    Entry("template-backdoor", ("template",)),
    Entry("safetensors-header", ("anomaly",)),
    Entry("gguf-overflow", ("anomaly",)),
    Entry("sentencepiece-structure", ("anomaly",)),
    Entry("gguf-structure", ("anomaly",)),
    Entry("trailing-data", ("anomaly",)),
    Entry("external-reference", ("reference", "metadata")),
    Entry("active-metadata", ("metadata",)),
    Entry("embedded-executable", ("executable",)),
    Entry("hidden-payload", ("payload",)),
    Entry("payload-signature", ("signature",)),
    Entry("exposed-secret", ("credential",)),
    Entry("altered-weights", ("anomaly",)),
    Entry("ambiguous-json", ("anomaly",)),
    Entry("remote-code", ("reference",)),
    Entry("remote-kernel", ("reference",)),
    Entry("config-import", ("reference",)),
    Entry("modelfile-reference", ("reference",)),
    Entry("manifest-digest", ("reference",)),
    Entry("xml-entity", ("reference", "anomaly")),
    Entry("custom-layer", ("reference",)),
    Entry("pmml-function", ("reference", "metadata")),
    Entry("packed-object", ("anomaly",)),
    Entry("checkpoint-handler", ("reference",)),
    Entry("service-handler", ("reference",)),
    Entry("lua-function", ("code",)),
    Entry("linked-model", ("reference",)),
    Entry("paddle-operator", ("reference",)),
    Entry("model-structure", ("anomaly",)),
    Entry("r-promise", ("code",)),
    Entry("r-code", ("code",)),
    Entry("r-altrep", ("reference",)),
    Entry("loader-vulnerability", ("layer", "reference", "member")),
    Entry("repository-code", ("code",)),
    Entry("repository-files", ("anomaly",)),
    Entry("import-effect", ("code", "reference")),
    Entry("hidden-code", ("code", "reference")),
    Entry("shell-command", ("reference",)),
    Entry("dependency-source", ("reference",)),
    Entry("notebook-script", ("reference",)),
    Entry("java-class", ("reference",)),
    Entry("served-model", ("reference",)),
    Entry("registered-function", ("reference",)),
    Entry("calculator-file", ("reference",)),
    Entry("pickled-column", ("reference",)),
    Entry("bento-loader", ("reference",)),
    Entry("misnamed", ("anomaly",)),
    Entry("unreadable", ("anomaly",)),
)

BY_ID: dict[str, Entry] = {entry.id: entry for entry in RULES}


def add(*entries: Entry) -> None:
    """Add the rules of a plugin. Raises `ValueError` where an id is taken."""
    global RULES
    for entry in entries:
        if entry.id in BY_ID:
            raise ValueError(f"there is a rule {entry.id!r} already")
        BY_ID[entry.id] = entry
        RULES = (*RULES, entry)
    listening.cache_clear()


@lru_cache(256)
def listening(kinds: frozenset[type[Fact]]) -> tuple[Entry, ...]:
    """Return the rules that listen to any of `kinds`, in their order."""
    return tuple(entry for entry in RULES if any(KINDS[kind] in kinds for kind in entry.listens))
