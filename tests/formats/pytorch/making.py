"""PyTorch files put together by hand, so that they may lie."""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Mapping, Sequence

from tests.formats.exploring import archive

MAGIC = 0x1950A86A20F9469CFC6C


def push(value: object) -> bytes:
    """Return the opcodes that push a plain value."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, 2)
    pickler.fast = True
    pickler.dump(value)
    return buffer.getvalue()[2:-1]


def stream(*parts: bytes) -> bytes:
    """Return a stream that leaves a list of what its parts push."""
    return b"\x80\x02](" + b"".join(parts) + b"e."


def name(module: str, qualname: str) -> bytes:
    return f"c{module}\n{qualname}\n".encode()


def call(module: str, qualname: str, *args: bytes) -> bytes:
    return name(module, qualname) + b"(" + b"".join(args) + b"tR"


def storage(
    key: object = "0", numel: object = 4, kind: str = "FloatStorage", *more: object, at: str = "cpu"
) -> bytes:
    parts = [push("storage"), name("torch", kind), push(key), push(at), push(numel)]
    return b"(" + b"".join(parts) + b"".join(push(one) for one in more) + b"tQ"


def tensor(
    size: Sequence[int] = (4,),
    stride: Sequence[int] = (1,),
    offset: int = 0,
    over: bytes | None = None,
    function: str = "_rebuild_tensor_v2",
    more: bytes = b"",
) -> bytes:
    hooks = name("collections", "OrderedDict") + b")R"
    layout = [push(offset), push(tuple(size)), push(tuple(stride)), push(False), hooks, more]
    return call("torch._utils", function, storage() if over is None else over, *layout)


def zipped(data: bytes, records: Mapping[str, bytes] | None = None, **more: bytes) -> bytes:
    """Return an archive as `torch.save` writes it; by default with one storage of 16 bytes."""
    members = {"a/data.pkl": data, "a/byteorder": b"little", "a/version": b"3\n"}
    members |= {f"a/data/{key}": raw for key, raw in (records or {"0": bytes(16)}).items()}
    return archive(members | {key.replace("__", "/"): raw for key, raw in more.items()})


def legacy(
    data: bytes,
    keys: object = ("0",),
    raw: bytes = struct.pack("<q", 4) + bytes(16),
    magic: object = MAGIC,
    protocol: object = 1001,
    tail: bytes = b"",
) -> bytes:
    """Return a file as `torch.save` wrote it before 1.6."""
    info = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
    keys = list(keys) if isinstance(keys, tuple) else keys
    streams = [pickle.dumps(one, 2) for one in (magic, protocol, info)]
    return b"".join([*streams, data, pickle.dumps(keys, 2), raw, tail])
