"""Places of real models, and payloads put into them: behind, between, in texts, in weights.

Each of `PLANTERS` takes the bytes of a model and a payload and yields `Plant`s: the model with the
payload in it, and where that stands. What a format's own tools would refuse is left out.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from modelassay.io.textproto import varint
from tests.helpers.gguf_parts import apart, noted
from tests.helpers.programs import elf

DATA: Final = Path(__file__).parents[1] / "data"
PLACEHOLDER: Final = b"Q" * 24576
NOISE: Final = hashlib.shake_128(b"between").digest(777)


class Host(NamedTuple):
    """A real model: the format it is of, its name, its bytes, how the text in it is written."""

    format: str
    name: str
    data: bytes
    style: str


class Plant(NamedTuple):
    """A model with a payload at `offset` of the member `inner`, or of itself.

    `hashes` are those of the payload, as it is, as it is packed, and of what is packed in it. One
    in front is what the file starts as, so that it will do to tell the model that is `behind` it.
    """

    place: str
    data: bytes
    offset: int
    inner: str
    hashes: frozenset[str]
    behind: int | None = None


def field(number: int, data: bytes) -> bytes:
    """Return a field of a message of protobuf."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _plant(place: str, data: bytes, offset: int, payload: bytes, inner: str = "") -> Plant:
    behind = len(payload) if place.endswith("in front") else None
    hashes = map(digest, (payload, zlib.compress(payload), gzip.compress(payload, mtime=0)))
    return Plant(place, data, offset, inner, frozenset(hashes), behind)


CODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "base64": base64.b64encode,
    "hexadecimal": lambda data: data.hex().encode(),
    "base64 of zlib": lambda data: base64.b64encode(zlib.compress(data)),
    "base64 of gzip": lambda data: base64.b64encode(gzip.compress(data, mtime=0)),
}


def around(host: Host, payload: bytes) -> Iterator[Plant]:
    """Behind the end."""
    data = host.data
    yield _plant("tail", data + payload, len(data), payload)
    yield _plant("tail, behind noise", data + NOISE + payload, len(data) + len(NOISE), payload)
    zeros = data + bytes(-len(data) % 4096)
    yield _plant("tail, behind zeros", zeros + payload, len(zeros), payload)
    yield _plant("tail, before noise", data + payload + NOISE, len(data), payload)


def texts(host: Host, payload: bytes) -> Iterator[Plant]:
    """In texts and strings of bytes, as the format writes them."""
    write = WRITERS.get(host.style)
    if write is None:
        return
    for coding, encode in CODINGS.items():
        text = encode(payload)
        made = write(host.data, text)
        if made is not None:
            yield _plant(f"text, {coding}", made, made.index(text), payload)
    raw = RAW.get(host.style)
    if raw is not None and (made := raw(host.data, payload)) is not None:
        yield _plant("string of bytes", made, made.index(payload), payload)


def _json(data: bytes, text: bytes) -> bytes | None:
    made = json.loads(data)
    return json.dumps(made | {"note": text.decode()}).encode() if isinstance(made, dict) else None


def _placeholder(data: bytes, text: bytes, rest: bytes = b"\n") -> bytes | None:
    if len(text) > len(PLACEHOLDER):
        return None
    return data.replace(PLACEHOLDER, text + rest * (len(PLACEHOLDER) - len(text)))


def _appended(*numbers: int, before: bytes = b"") -> Callable[[bytes, bytes], bytes]:
    """Return what puts a text into a field of fields; messages of protobuf may be appended."""

    def write(data: bytes, text: bytes) -> bytes:
        value = before + field(numbers[-1], text)
        for number in reversed(numbers[:-1]):
            value = field(number, value)
        return data + value

    return write


def _line(before: str, behind: str = "") -> Callable[[bytes, bytes], bytes]:
    def write(data: bytes, text: bytes) -> bytes:
        return data.rstrip(b"\n") + b"\n" + before.encode() + text + behind.encode() + b"\n"

    return write


def _in_xml(data: bytes, text: bytes) -> bytes:
    end = data.rindex(b"</")
    return data[:end] + b"<!-- " + text + b" -->" + data[end:]


def _in_safetensors(data: bytes, text: bytes) -> bytes:
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.setdefault("__metadata__", {})["note"] = text.decode()
    made = json.dumps(header).encode()
    return struct.pack("<Q", len(made)) + made + data[8 + size :]


def _in_pickle(data: bytes, text: bytes, opcode: bytes = b"X") -> bytes | None:
    """Push a constant and drop it, behind the opcode of the protocol."""
    if data[:1] != b"\x80":
        return None
    return data[:2] + opcode + struct.pack("<I", len(text)) + text + b"0" + data[2:]


def _in_r(data: bytes, text: bytes) -> bytes | None:
    """Make a list of the object and a text."""
    if data[:2] != b"X\n":
        return None
    at = 14 + (4 + int.from_bytes(data[14:18], "big") if data[5] == 3 else 0)
    made = struct.pack(">3I", 16, 1, 0x40009) + struct.pack(">I", len(text)) + text
    return data[:at] + struct.pack(">2I", 19, 2) + data[at:] + made


def _in_java(data: bytes, text: bytes) -> bytes:
    return data + b"\x7c" + struct.pack(">Q", len(text)) + text


def _in_msgpack(data: bytes, text: bytes) -> bytes | None:
    if not 0x80 <= data[0] < 0x8F:
        return None
    return bytes((data[0] + 1,)) + b"\xa4note\xdb" + struct.pack(">I", len(text)) + text + data[1:]


def _in_ubjson(data: bytes, text: bytes) -> bytes:
    size = struct.pack(">q", len(text))
    return b"{L" + struct.pack(">q", 4) + b"noteSL" + size + text + data[1:]


#: How a text is put into a model, by the style of its host.
WRITERS: Final[dict[str, Callable[[bytes, bytes], bytes | None]]] = {
    "json": _json,
    "placeholder": _placeholder,
    "xml": _in_xml,
    "safetensors": _in_safetensors,
    "gguf": noted,
    "pickle": _in_pickle,
    "r": _in_r,
    "java": _in_java,
    "msgpack": _in_msgpack,
    "ubjson": _in_ubjson,
    "# line": _line("# "),
    "yaml": _line("note: "),
    "jinja": _line("{# ", " #}"),
    "doc_string line": _line('doc_string: "', '"'),
    "markdown": _line("<!-- ", " -->"),
    "onnx": _appended(6),
    "onnx-tensor": _appended(12),
    "graph": _appended(1, 5, 2, 2, before=b""),
    "saved model": _appended(2, 2, 1, 5, 2, 2),
    "meta graph": _appended(2, 1, 5, 2, 2),
    "keras metadata": _appended(1, 5),
    "coreml": _appended(2, 100, 1),
    "calculators": _appended(1, 1),
    "program": _appended(1, 4, 4, 5),
}
#: The same for bytes that are no text.
RAW: Final[dict[str, Callable[[bytes, bytes], bytes | None]]] = {
    "pickle": lambda data, text: _in_pickle(data, text, b"B"),
    **{name: WRITERS[name] for name in ("onnx", "onnx-tensor", "graph", "saved model")},
    **{name: WRITERS[name] for name in ("meta graph", "coreml", "program")},
    "placeholder": lambda data, text: _placeholder(data, text, b"\0"),
    **{name: WRITERS[name] for name in ("r", "msgpack", "ubjson", "gguf")},
}


def archives(host: Host, payload: bytes) -> Iterator[Plant]:
    """Beside the members of a zip, and as one of them."""
    if host.data[:4] != b"PK\3\4":
        return
    plain = _zipped(host.data)
    first = plain.index(b"PK\1\2" if b"PK\3\4" not in plain[4:] else b"PK\3\4", 4)
    for place, offset, data in (
        ("zip, in front", 0, payload + plain),
        ("zip, between entries", first, _inserted(plain, first, payload)),
        ("zip, comment", len(plain), plain[:-2] + struct.pack("<H", len(payload)) + payload),
    ):
        if place != "zip, comment" or len(payload) < 1 << 16:
            yield _plant(place, data, offset, payload)
    for place, extra, comment in (
        ("zip, extra", payload, b""),
        ("zip, entry comment", b"", payload),
    ):
        data = _zipped(host.data, extra=extra, comment=comment)
        yield _plant(place, data, data.index(payload), payload)
    root = next((n.partition("/")[0] + "/" for n in _names(plain) if "/" in n), "")
    for name in (f"{root}notes.bin", f"{root}data/777"):
        yield _plant("zip, member", _zipped(host.data, {name: payload}), 0, payload, name)


def _names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.namelist()


def _zipped(
    data: bytes, more: dict[str, bytes] | None = None, extra: bytes = b"", comment: bytes = b""
) -> bytes:
    """Write an archive anew, with other members, and something beside the entry of the last."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            made = zipfile.ZipInfo(info.filename)
            made.compress_type = info.compress_type
            new.writestr(made, old.read(info))
        for name, content in (more or {}).items():
            new.writestr(zipfile.ZipInfo(name), content)
        if extra:
            # Written by hand: in the directory, a record of a kind nobody knows.
            new.filelist[-1].extra = struct.pack("<HH", 0x7777, len(extra)) + extra
        new.filelist[-1].comment = comment
    return buffer.getvalue()


def _inserted(data: bytes, at: int, payload: bytes) -> bytes:
    """Put bytes between members, and have the directory tell where those behind are now."""
    end = data.rindex(b"PK\5\6")
    start = int.from_bytes(data[end + 16 : end + 20], "little")
    directory = bytearray(data[start:end])
    place = 0
    while place < len(directory):
        local = int.from_bytes(directory[place + 42 : place + 46], "little")
        moved = local + (len(payload) if local >= at else 0)
        directory[place + 42 : place + 46] = struct.pack("<I", moved)
        place += 46 + sum(struct.unpack_from("<3H", directory, place + 28))
    record = data[end : end + 16] + struct.pack("<I", start + len(payload)) + data[end + 20 :]
    return data[:at] + payload + data[at:start] + bytes(directory) + record


def tars(host: Host, payload: bytes) -> Iterator[Plant]:
    """Beside the members of a tar, and as one of them."""
    if host.style != "tar":
        return
    with tarfile.open(fileobj=io.BytesIO(host.data)) as file:
        last = max(info.offset_data + -(-info.size // 512) * 512 for info in file.getmembers())
    body = host.data[:last]
    info = tarfile.TarInfo("notes.bin")
    info.size = len(payload)
    member = body + info.tobuf(tarfile.USTAR_FORMAT) + payload + bytes(-len(payload) % 512 + 1024)
    yield _plant("tar, member", member, 0, payload, "notes.bin")
    behind = body + bytes(1024) + payload + bytes(-len(payload) % 512)
    yield _plant("tar, behind the end", behind, len(body) + 1024, payload)


def gaps(host: Host, payload: bytes) -> Iterator[Plant]:
    """Between what the structure of a format refers to."""
    data = host.data
    if host.style == "safetensors" and (made := _hole(data, payload)) is not None:
        yield _plant("gap between tensors", made, made.index(payload), payload)
    if host.format == "gguf" and (made := apart(data, payload)) is not None:
        yield _plant("gap between tensors", made, made.index(payload), payload)
    if data[:8] == b"\x89HDF\r\n\x1a\n" and data[8] == 0:
        block = bytes(64) + payload + bytes(-(64 + len(payload)) % 512)
        size = 512
        while size < len(block):
            size *= 2
        user = block.ljust(size, b"\0")
        yield _plant("user block", user + _based(data, size), 64, payload)
        end = len(data) + 100 + len(payload)
        made = data[:40] + struct.pack("<Q", end) + data[48:] + bytes(100) + payload
        yield _plant("space no object refers to", made, len(data) + 100, payload)
    if data[-4:] == b"PAR1":
        footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
        made = data[:footer] + payload + data[footer:]
        yield _plant("gap before the footer", made, footer, payload)
    if host.style in PROTOBUF:
        made = data + field(15000, payload)
        yield _plant("field of no meaning", made, len(made) - len(payload), payload)


PROTOBUF: Final = (
    *("onnx", "onnx-tensor", "graph", "saved model", "meta graph", "keras metadata", "coreml"),
    *("calculators", "program"),
)


def _based(data: bytes, base: int) -> bytes:
    """Tell the first superblock of HDF5 that it stands behind a user block."""
    return data[:24] + struct.pack("<Q", base) + data[32:]


def _hole(data: bytes, payload: bytes) -> bytes | None:
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    tensors = [one for name, one in header.items() if name != "__metadata__"]
    if not tensors:
        return None
    for one in tensors:
        one["data_offsets"] = [place + len(payload) for place in one["data_offsets"]]
    made = json.dumps(header).encode()
    return struct.pack("<Q", len(made)) + made + payload + data[8 + size :]


def weights(host: Host, payload: bytes) -> Iterator[Plant]:
    """As the elements of a tensor, from its first or from the middle on."""
    if host.style != "array":
        return
    start = host.data.index(ARRAY[host.name.partition(".")[0]] * 64)
    for place, at in (("elements, first", start), ("elements, middle", start + 4003)):
        made = host.data[:at] + payload + host.data[at + len(payload) :]
        if at > 0 and at + len(payload) < start + 32768:  # what starts a file is what the file is
            yield _plant(place, made, at, payload)


#: One and three, as the arrays of the hosts in the folder planting hold them over and over.
ARRAY: Final = {
    "float32": struct.pack("<2f", 1, 3),
    "float64": struct.pack("<2d", 1, 3),
    "float16": struct.pack("<2e", 1, 3),
    "bfloat16": bytes.fromhex("803f4040"),
    "int32": struct.pack("<2i", 1, 3),
}

PLANTERS: Final = (around, texts, archives, tars, gaps, weights)
#: What an archive may hold as a matter of course, and is judged by what it does.
_ORDINARY: Final = ("zip", "tar", "7z", "script", "pickle", "python-code", "marshalled code")
#: Formats in which pickles stand as a matter of course, which are judged by what they do.
_PICKLED: Final = frozenset(
    (
        *("pickle", "joblib", "pytorch-legacy", "hdf5", "skops"),
        *("array in joblib", "array in pkl", "array in legacy.pt", "array in h5"),
        *("array in keras.h5", "array in keras"),
    )
)


def plants(host: Host, kind: str, payload: bytes) -> Iterator[Plant]:
    """Yield the model with the payload in every place that it has."""
    packed = {digest(elf())} if kind == "7z" or " in " in kind else set()
    for planter in PLANTERS:
        for plant in planter(host, payload):
            if _is_hidden(host, kind.partition(" (")[0], plant.place):
                yield plant._replace(hashes=plant.hashes | packed)


def _is_hidden(host: Host, kind: str, place: str) -> bool:
    """Whether a payload does not stand there as a matter of course."""
    if place.endswith("member"):
        return kind not in _ORDINARY
    if kind == "script" and place == "tail":
        return b"\0" in host.data  # a script behind text is text
    return kind != "pickle" or host.format not in _PICKLED


@cache
def hosts() -> list[Host]:
    """Return the models."""
    made = [
        Host(form, Path(path).name, (DATA / path).read_bytes(), style) for form, style, path in REAL
    ]
    made += [
        Host(form, name, lzma.decompress((DATA / f"placeholders/{name}.xz").read_bytes()), style)
        for form, style, name in PLACEHOLDERS
    ]
    for path in sorted((DATA / "planting").iterdir()):
        name = path.name.removesuffix(".xz")
        form = name.partition(".")[2]
        made.append(Host(f"array in {form}", name, lzma.decompress(path.read_bytes()), "array"))
    return made


PLACEHOLDERS: Final = (
    *(
        ("hdf5", "placeholder", name)
        for name in ("attribute.h5", "attribute-latest.h5", "dataset.h5")
    ),
    *(("columnar", "placeholder", name) for name in ("cell.arrow", "cell.feather", "cell.parquet")),
    ("columnar", "placeholder", "metadata.parquet"),
    ("catboost", "placeholder", "metadata.cbm"),
    ("onnx", "placeholder", "name.onnx"),
    ("onnx-runtime", "placeholder", "name.ort"),
    ("tflite", "placeholder", "name.tflite"),
)

#: A real file of each format, and how text is written there.
REAL: Final = (
    ("bento", "yaml", "bentoml-1.4.39/model.yaml"),
    ("catboost", "", "zoo/catboost-1.2.10/SymmetricTree.cbm"),
    ("catboost-json", "json", "zoo/catboost-1.2.10/SymmetricTree.json"),
    ("chat-template", "jinja", "repositories/llama/chat_template.jinja"),
    ("columnar", "", "pyarrow-26.0.1/a.parquet"),
    ("columnar", "", "pyarrow-26.0.1/v1.feather"),
    ("columnar", "", "pyarrow-26.0.1/v2.feather"),
    ("conda", "# line", "repositories/mlflow_code/conda.yaml"),
    (
        "coreml",
        "coreml",
        "zoo/coremltools-9.0/several.mlpackage/Data/com.apple.CoreML/model.mlmodel",
    ),
    ("coreml-package", "json", "zoo/coremltools-9.0/several.mlpackage/Manifest.json"),
    (
        "coreml-weights",
        "",
        "zoo/coremltools-9.0/several.mlpackage/Data/com.apple.CoreML/weights/weight.bin",
    ),
    ("executorch", "", "executorch-1.5.1/plain.pte"),
    ("fasttext", "", "zoo/fasttext-wheel-0.9.2/model.bin"),
    ("flax", "msgpack", "repositories/spacy/tokenizer"),
    ("gguf", "gguf", "gguf-0.19.0/plain.gguf"),
    ("hdf5", "", "keras-2.15.0/plain.h5"),
    ("hdf5", "", "repositories/keras_folder/model.weights.h5"),
    ("hf-config", "json", "repositories/adapter/adapter_config.json"),
    ("java", "java", "java-17/collections.ser"),
    ("joblib", "pickle", "joblib-1.6.0/arrays.joblib"),
    ("keras", "", "keras-3.15.1/functional.keras"),
    ("keras-config", "json", "keras-3.15.1/functional.json"),
    ("keras-metadata", "keras metadata", "tensorflow-2.15.1/keras/keras_metadata.pb"),
    ("mediapipe", "calculators", "mediapipe-0.1.1675465747/selfie_segmentation.binarypb"),
    ("mlflow-model", "yaml", "repositories/mlflow_sklearn/MLmodel"),
    ("mojo", "", "h2o-3.44.0.3/gbm.zip"),
    ("npz", "", "numpy-2.4.6/plain.npz"),
    ("numpy", "", "numpy-2.4.6/float.npy"),
    ("ocdbt", "", "zoo/orbax-checkpoint-0.12.8/ocdbt/manifest.ocdbt"),
    ("onnx", "onnx", "onnx-1.23.2/linear.onnx"),
    ("onnx-runtime", "", "onnxruntime-1.23.2/linear.ort"),
    ("onnx-tensor", "onnx-tensor", "onnx-1.23.2/tensor.pb"),
    ("onnx-text", "# line", "onnx-1.23.2/linear.onnxtxt"),
    ("onnx-textproto", "doc_string line", "onnx-1.23.2/linear.textproto"),
    ("openvino", "xml", "zoo/openvino-2026.4.1/model.xml"),
    ("orbax", "json", "zoo/orbax-checkpoint-0.12.8/zarr/_METADATA"),
    ("pickle", "pickle", "honest/pandas-intervals.p5.pkl"),
    ("pytorch-legacy", "", "torch-2.13.0/state-legacy.pt"),
    ("pytorch-mobile", "", "torchscript-2.13.0/honest_scripted.ff"),
    ("pytorch-zip", "", "torch-2.13.0/state.pt"),
    ("safetensors", "safetensors", "safetensors-0.8.0/plain.safetensors"),
    ("skops", "", "skops-0.16.0/values.skops"),
    ("spacy-config", "# line", "spacy-3.8.18/config.cfg"),
    ("tensor-index", "json", "repositories/sharded/model.safetensors.index.json"),
    ("tensorflow-checkpoint", "", "tensorflow-2.15.1/keras/variables/variables.index"),
    ("tensorflow-graph", "graph", "tensorflow-2.21.0/branch.pb"),
    ("tensorflow-graph-text", "# line", "tensorflow-2.21.0/branch.pbtxt"),
    ("tensorflow-meta-graph", "meta graph", "tensorflow-2.21.0/old.ckpt.meta"),
    ("tensorflow-saved-model", "saved model", "tensorflow-2.21.0/words/saved_model.pb"),
    ("tflite", "", "tensorflow-2.21.0/branch.tflite"),
    ("torch-package", "", "torch-2.13.0/package.pt"),
    ("torchscript", "", "torchscript-2.13.0/honest_traced.pt"),
    ("word2vec", "", "zoo/gensim-4.4.0/vectors.bin"),
    ("xgboost", "ubjson", "zoo/xgboost-cpu-3.2.0/gbtree.ubj"),
    ("xgboost-binary", "", "zoo/xgboost-1.7.6/gbtree.model"),
    ("zarr", "json", "zoo/orbax-checkpoint-0.12.8/zarr3/w/zarr.json"),
)
