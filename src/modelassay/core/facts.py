"""Facts: what a file says, in a small closed set of kinds shared by all formats.

A format yields facts and never judges; a rule judges facts and never sees bytes. Every fact knows
where it stands. Facts that are equal in all a rule could ask are counted, not repeated.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from modelassay.core.graph import Network
from modelassay.core.values import Mapping, Name, Value


class Location(msgspec.Struct, frozen=True):
    """Where in an artifact something stands.

    `offset` counts bytes from the start of the artifact; `path` is the place in its structure,
    such as `op 17` or `node[3]`.
    """

    offset: int | None = None
    path: str = ""


class Fact(msgspec.Struct, kw_only=True, tag=True, tag_field="fact"):
    """The base of all facts. `count` is how often an equal fact stands in the artifact."""

    at: Location = Location()
    count: int = 1


class Import(Fact):
    """A global that loading would import, whether or not it is then called.

    `how` tells how its name came about: `literal`, or `computed` where it is built at load time
    out of `operands`; what cannot be told of such a name is `<computed>`.
    """

    name: Name
    how: Literal["literal", "computed"] = "literal"
    operands: tuple[Value, ...] = ()


class Call(Fact):
    """A call that loading would make.

    `via` is the way it is called: `call` with arguments, `new` without `__init__`, or `extension`
    and `persistent` where the loading process decides what is called.
    """

    callable: Value
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    via: Literal["call", "new"] = "call"


class StateUpdate(Fact):
    """State that loading would write into an object.

    `via` is `state` (`__setstate__` or `__dict__`), `item` (`target[key] = value`) or `append`.
    """

    target: Value
    state: Value
    via: Literal["state", "item", "append"] = "state"


class Lookup(Fact):
    """A value the loading process supplies: a persistent id or a `copyreg` extension code."""

    value: Value


class CodeReference(msgspec.Struct, frozen=True):
    """A name that code refers to, with the constant arguments it is called with, if any."""

    name: str
    called: bool = False
    args: tuple[str, ...] = ()
    path: str = ""


class Code(Fact):
    """Code carried by value: its name, what it refers to, and its disassembly or source lines.

    `complete` is false where a part of it could not be read. `entry` names the function that source
    only defines when the file is loaded: all else of it runs then.
    """

    name: str
    language: str
    references: tuple[CodeReference, ...] = ()
    listing: tuple[str, ...] = ()
    complete: bool = True
    entry: str | None = None


class Layer(Fact):
    """An object that a model's configuration names and loading makes: a layer, a loss, a function.

    `module` is what its loader imports to find the class, `registered_name` the key under which the
    loading program may know it; `None` where the file states none. `name` is that of the instance,
    `config` the plain values of its configuration, or the name of a function.
    """

    class_name: str
    module: str | None = None
    registered_name: str | None = None
    name: str = ""
    config: Value = Mapping(())


class Reference(Fact):
    """A reference out of the artifact: to a file, a URL or another model."""

    target: str
    role: str


class Template(Fact):
    """One thing a template would do when it is rendered.

    `does`: `get` follows a chain of names and keys, `call` calls what it leads to, `filter` and
    `test` apply the one that is named, `loop` repeats, `load` brings in another template, `emit`
    holds text. `chain` starts at a name or a constant and ends at what is reached; `?` stands for a
    part that cannot be told, `?text` for one that is text pieced together. `when` are the
    constants that something of the conversation is compared with before it comes to this.
    """

    does: Literal["get", "call", "filter", "test", "loop", "load", "emit"]
    chain: tuple[str, ...]
    args: tuple[Value, ...] = ()
    when: tuple[str, ...] = ()


class Graph(Fact):
    """A graph of operators of the framework that `dialect` names, such as `onnx`."""

    dialect: str
    network: Network


class Member(Fact):
    """A member of a container. Sizes in bytes, as claimed; `None` where not stated."""

    name: str
    type: Literal["file", "directory", "symlink", "hardlink", "device", "fifo", "other"] = "file"
    size: int | None = None
    stored: int | None = None
    target: str | None = None


class Tensor(Fact):
    """A tensor: its name, element type, shape and the bytes it takes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size: int | None = None


class Metadata(Fact):
    """A key and a value that describe the artifact."""

    key: str
    value: Value


class Executable(Fact):
    """Native code whose structure was verified, such as `elf` or `pe`."""

    type: str
    size: int | None = None


class Payload(Fact):
    """Something of verified structure that stands where the artifact has no place for it.

    `type` is what it is, such as `elf` or `pickle`; `place` where it stands, such as `tail`,
    `base64 text` or `low 4 bits of float32`. `size` and `sha256` are those of its own bytes.
    """

    type: str
    place: str
    size: int
    sha256: str = ""


#: What vouches for a credential: a checksum in it, a structure nothing else has, its form alone.
Proof: TypeAlias = Literal["checksum", "structure", "form"]


class Credential(Fact):
    """A token, a key or a password in text; never the value itself.

    `type` is whose or what it is, `shown` its first four characters, `size` how many it has,
    `sha256` the first digits of its hash. `proof` is what vouches for it.
    """

    type: str
    shown: str
    size: int
    sha256: str
    proof: Proof


class Signature(Fact):
    """A YARA rule that matches. `source` tells whether it is one of `ours` or of the `user`.

    `severity` and `text` are what the rule says of itself, `meta` all that it says.
    """

    name: str
    source: Literal["ours", "user"]
    severity: str = ""
    text: str = ""
    meta: tuple[tuple[str, str], ...] = ()


class Anomaly(Fact):
    """The file lies or is malformed. `kind` is a fixed word rules can ask for."""

    kind: str
    message: str
    values: tuple[Value, ...] = ()


class Opaque(Fact):
    """Bytes nobody understood."""

    size: int
    role: str = ""


class Limit(Fact):
    """A cap of the budget was hit: what is beyond it was not read."""

    name: str
    message: str


#: Any kind of fact, for what reads them back.
AnyFact: TypeAlias = (
    Import
    | Call
    | StateUpdate
    | Lookup
    | Code
    | Layer
    | Reference
    | Template
    | Graph
    | Member
    | Tensor
    | Metadata
    | Executable
    | Payload
    | Credential
    | Signature
    | Anomaly
    | Opaque
    | Limit
)

KINDS: dict[str, type[Fact]] = {
    "import": Import,
    "call": Call,
    "state": StateUpdate,
    "lookup": Lookup,
    "code": Code,
    "layer": Layer,
    "reference": Reference,
    "template": Template,
    "graph": Graph,
    "member": Member,
    "tensor": Tensor,
    "metadata": Metadata,
    "executable": Executable,
    "payload": Payload,
    "credential": Credential,
    "signature": Signature,
    "anomaly": Anomaly,
    "opaque": Opaque,
    "limit": Limit,
}


def without_offsets(fact: Fact) -> Fact:
    """Take the offsets out of a fact that was read of another form of the artifact."""
    fact.at = Location(path=fact.at.path)
    if isinstance(fact, Graph):
        for part in fact.network.parts:
            part.nodes = [msgspec.structs.replace(node, offset=None) for node in part.nodes]
    return fact
