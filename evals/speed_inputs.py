"""The inputs of evals/speed.py, made of nothing but the standard library.

Weights are holes in sparse files: they have their size and take no disk. What carries structure
is written as its framework writes it: a forest of scikit-learn, PyTorch archives, GGUF, ONNX.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import sys
import types
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

_GIB = 1 << 30
_BLOCK = bytes(1 << 20)


class _Sparse(io.FileIO):
    """A file that leaves a hole where a whole block of zeros is written."""

    def write(self, data: object) -> int:
        """See `io.RawIOBase`."""
        if data == _BLOCK:
            self.seek(len(_BLOCK), io.SEEK_CUR)
            return len(_BLOCK)
        return super().write(data)  # type: ignore[arg-type]


def small_objects(path: Path, size: int) -> None:
    """Write a pickle of `size` bytes or a little more: a list of records of small values."""
    random.seed(1)
    sample = pickle.dumps([_record(i) for i in range(20_000)], 4)
    count = size * 20_000 // len(sample)
    path.write_bytes(pickle.dumps([_record(i) for i in range(count)], 4))


def instances(path: Path, count: int) -> None:
    """Write a pickle of `count` objects of one class, each with a state of its own."""
    random.seed(1)
    objects = [types.SimpleNamespace(**_record(i)) for i in range(count)]
    path.write_bytes(pickle.dumps(objects, 4))


def _record(index: int) -> dict[str, object]:
    return {
        "id": index,
        "name": f"n{random.randrange(10**6)}",
        "score": random.random(),
        "tags": ("a", random.randrange(100)),
        "ok": True,
    }


def _name(module: str, name: str) -> bytes:
    return _text(module) + _text(name) + b"\x93"


def _text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def _dict(**items: bytes) -> bytes:
    return b"}(" + b"".join(_text(key) + value for key, value in items.items()) + b"u"


def _int(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def _tuple(*values: bytes) -> bytes:
    return b"(" + b"".join(values) + b"t"


def _array(shape: tuple[int, ...], kind: str, data: bytes) -> bytes:
    dtype = _name("numpy", "dtype") + _tuple(_text(kind), b"\x89", b"\x88") + b"R"
    dtype += _tuple(_int(3), _text("<"), b"N", b"N", b"N", _int(-1), _int(-1), _int(0)) + b"b"
    made = _name("numpy._core.multiarray", "_reconstruct")
    made += _tuple(_name("numpy", "ndarray"), b"K\0\x85", b"C\1b") + b"R"
    sides = _tuple(*(_int(side) for side in shape))
    payload = b"B" + struct.pack("<I", len(data)) + data
    return made + _tuple(b"K\1", sides, dtype, b"\x89", payload) + b"b"


def forest(path: Path, trees: int, nodes: int) -> None:
    """Write a random forest as scikit-learn pickles it."""
    classes = _array((1,), "i8", struct.pack("<q", 2))
    tree = _name("sklearn.tree._tree", "Tree") + _tuple(_int(20), classes, _int(1)) + b"R"
    tree += _dict(
        max_depth=_int(30),
        node_count=_int(nodes),
        nodes=_array((nodes, 8), "f8", bytes(64 * nodes)),
        values=_array((nodes, 1, 2), "f8", bytes(16 * nodes)),
    )
    estimator = _name("sklearn.tree._classes", "DecisionTreeClassifier") + b")\x81"
    estimator += _dict(criterion=_text("gini"), random_state=_int(1), tree_=tree + b"b") + b"b"
    with path.open("wb") as file:
        file.write(b"\x80\4" + _name("sklearn.ensemble._forest", "RandomForestClassifier"))
        file.write(b")\x81}(" + _text("n_estimators") + _int(trees) + _text("estimators_") + b"](")
        for _ in range(trees):
            file.write(estimator)
        file.write(b"e" + _text("_sklearn_version") + _text("1.7.2") + b"ub.")


def torch_zip(path: Path, tensors: int, elements: int) -> None:
    """Write a state dict of float32 tensors as `torch.save` does; `elements` are those of each."""
    names = [f"layers.{i}.weight" for i in range(tensors)]
    with _Sparse(path, "w") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"".join(_state(names, elements)))
        for i in range(tensors):
            with archive.open(f"archive/data/{i}", "w", force_zip64=elements > _GIB // 4) as member:
                for start in range(0, 4 * elements, len(_BLOCK)):
                    member.write(_BLOCK[: 4 * elements - start])
        archive.writestr("archive/byteorder", b"little")
        archive.writestr("archive/version", b"3\n")


def _state(names: list[str], elements: int) -> Iterator[bytes]:
    """Yield the pickle of a state dict: every name that repeats is taken from the memo."""
    memo: dict[bytes, bytes] = {}

    def once(value: bytes) -> bytes:
        if value in memo:
            return memo[value]
        memo[value] = b"h" + bytes([len(memo)])
        return value + b"q" + memo[value][1:]

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    ordered = b"ccollections\nOrderedDict\n"
    yield b"\x80\2" + once(ordered) + b")R("
    for index, name in enumerate(names):
        yield text(name) + once(b"ctorch._utils\n_rebuild_tensor_v2\n") + b"(("
        yield once(text("storage")) + once(b"ctorch\nFloatStorage\n") + text(str(index))
        yield once(text("cpu")) + _int(elements) + b"tQK\0" + _int(elements) + b"\x85K\1\x85\x89"
        yield once(ordered) + b")RtR"
    yield b"u."


def safetensors(path: Path, tensors: int, size: int) -> None:
    """Write tensors that take `size` bytes together."""
    width = size // tensors // 2 * 2
    header = {
        f"layers.{i}.weight": {
            "dtype": "BF16",
            "shape": [width // 2],
            "data_offsets": [i * width, (i + 1) * width],
        }
        for i in range(tensors)
    }
    data = json.dumps(header, separators=(",", ":")).encode()
    data += b" " * (-len(data) % 8)
    _hollow(path, struct.pack("<Q", len(data)) + data, tensors * width)


def gguf(path: Path, tensors: int, size: int, tokens: int) -> None:
    """Write a vocabulary, and tensors that take `size` bytes together."""
    width = size // tensors // 32 * 32

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    def array(kind: int, items: bytes) -> bytes:
        return struct.pack("<IIQ", 9, kind, tokens) + items

    words = b"".join(text(f"token{i}") for i in range(tokens))
    pairs = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("tokenizer.ggml.tokens") + array(8, words),
        text("tokenizer.ggml.scores") + array(6, bytes(4 * tokens)),
        text("tokenizer.ggml.token_type") + array(5, bytes(4 * tokens)),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(pairs)) + b"".join(pairs)
    head += b"".join(
        text(f"blk.{i}.ffn_up.weight") + struct.pack("<IQIQ", 1, width // 2, 1, i * width)
        for i in range(tensors)
    )
    _hollow(path, head + bytes(-len(head) % 32), tensors * width)


def onnx(path: Path, tensors: int, size: int) -> None:
    """Write a chain of additions, whose constants take `size` bytes together."""
    width = size // tensors // 4 * 4
    heads = [
        _field(1, width // 4) + _field(2, 1) + _field(8, f"w{i}".encode()) + _key(9, width)
        for i in range(tensors)
    ]
    body = sum(len(_key(5, len(head) + width)) + len(head) + width for head in heads)
    nodes = b"".join(_field(1, _addition(i)) for i in range(tensors))
    rest = nodes + _field(2, b"main") + _field(11, _value(b"x0")) + _field(12, _value(b"out"))
    with path.open("wb") as file:
        opset = _field(8, _field(1, b"") + _field(2, 17))
        file.write(_field(1, 8) + opset + _key(7, len(rest) + body) + rest)
        for head in heads:
            file.write(_key(5, len(head) + width) + head)
            file.seek(width, io.SEEK_CUR)
        file.truncate(file.tell())


def _addition(index: int) -> bytes:
    names = (_field(1, f"x{index}".encode()), _field(1, f"w{index}".encode()))
    return b"".join(names) + _field(2, f"x{index + 1}".encode()) + _field(4, b"Add")


def _value(name: bytes) -> bytes:
    return _field(1, name) + _field(2, _field(1, _field(1, 1)))


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _key(number, len(value)) + value


def _key(number: int, size: int) -> bytes:
    return _varint(number << 3 | 2) + _varint(size)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _hollow(path: Path, head: bytes, size: int) -> None:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)


def small_files(path: Path, count: int) -> None:
    """Write a folder of small pickles, a hundred to a folder."""
    for index in range(count):
        folder = path / f"{index // 100:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{index}.pkl").write_bytes(pickle.dumps(_record(index), 4))


def small_members(path: Path, count: int) -> None:
    """Write an archive of small texts, half of them JSON."""
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(count):
            if index % 2:
                archive.writestr(f"{index}.txt", f"line {index} of some text\n" * 4)
            else:
                archive.writestr(f"{index}.json", json.dumps({"index": index, "name": "a"}))


def noise(path: Path, size: int) -> None:
    """Write bytes of no format, that a search has something to do with."""
    with path.open("wb") as file:
        block = random.Random(1).randbytes(1 << 24)
        for _ in range(size >> 24):
            file.write(block)


#: What is measured: the file's name, what it is called in the table, and what writes it.
INPUTS: tuple[tuple[str, str, Callable[[Path], None]], ...] = (
    ("tiny.pkl", "tiny pickle", lambda path: small_objects(path, 50)),
    ("small-10.pkl", "pickle of small objects, 10 MB", lambda p: small_objects(p, 10_000_000)),
    ("small-108.pkl", "pickle of small objects, 108 MB", lambda p: small_objects(p, 108_000_000)),
    ("instances.pkl", "pickle of 150,000 instances", lambda path: instances(path, 150_000)),
    ("forest.pkl", "random forest, 650 MB", lambda path: forest(path, 100, 81_250)),
    ("large.pt", "torch zip, 2 GB", lambda path: torch_zip(path, 8, _GIB // 16)),
    ("many.pt", "torch zip, 20,000 tensors", lambda path: torch_zip(path, 20_000, 16)),
    ("large.safetensors", "safetensors, 4 GB", lambda path: safetensors(path, 300, 4 * _GIB)),
    ("large.gguf", "GGUF, 4 GB, 256k tokens", lambda path: gguf(path, 300, 4 * _GIB, 256_000)),
    ("large.onnx", "ONNX, 4 GB", lambda path: onnx(path, 300, 4 * _GIB)),
    ("many.safetensors", "safetensors, a million tensors", lambda p: safetensors(p, 10**6, _GIB)),
    ("many.gguf", "GGUF, a million tensors", lambda path: gguf(path, 10**6, _GIB, 1000)),
    ("many.onnx", "ONNX, a million tensors", lambda path: onnx(path, 10**6, _GIB)),
    ("files", "10,000 small files", lambda path: small_files(path, 10_000)),
    ("members.zip", "zip of 20,000 small members", lambda path: small_members(path, 20_000)),
    ("noise.bin", "1 GB of no format", lambda path: noise(path, _GIB)),
)


def build(folder: Path, name: str) -> Path:
    """Return the input `name` in `folder`, made if it is not there yet."""
    path = folder / name
    if not path.exists():
        making = folder / f"making-{name}"
        next(make for known, _, make in INPUTS if known == name)(making)
        making.rename(path)
    return path


if __name__ == "__main__":
    for wanted in [name for name, _, _ in INPUTS]:
        print(build(Path(sys.argv[1]), wanted))
