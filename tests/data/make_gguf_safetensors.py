"""Make the samples that the gguf and safetensors packages write, beside this file.

Run in throw-away environments, one for each pair of versions, on Python 3.11:

    pip install gguf==0.19.0 safetensors==0.8.0 numpy==2.4.6 && python make_gguf_safetensors.py
    pip install gguf==0.10.0 safetensors==0.4.5 numpy==1.26.4 && python make_gguf_safetensors.py
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFEndian, GGUFWriter
from gguf.quants import quantize
from safetensors import SafetensorError, serialize
from safetensors.numpy import save_file

HERE = Path(__file__).parent
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
#: Bytes of an element; of the last, two share one.
TYPES = {
    **dict.fromkeys(("bool", "int8", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"), 1),
    **dict.fromkeys(("float8_e4m3fnuz", "float8_e5m2fnuz", "float4_e2m1fn_x2"), 1),
    **dict.fromkeys(("uint16", "bfloat16"), 2),
    **dict.fromkeys(("uint64", "float64", "complex64"), 8),
}
kept: list[np.ndarray] = []


def folder(package: str) -> Path:
    found = HERE / f"{package}-{version(package)}"
    found.mkdir(exist_ok=True)
    return found


def make_safetensors() -> None:
    out = folder("safetensors")
    arrays = {
        "weight": np.arange(12, dtype=np.float32).reshape(3, 4),
        "bias": np.zeros(3, dtype=np.float16),
        "steps": np.array(7, dtype=np.int64),
        "none": np.zeros((0, 5), dtype=np.uint8),
        'odd "name" é': np.ones(2, dtype=bool),
    }
    save_file(
        arrays, out / "plain.safetensors", {"format": "np", "note": 'a "quoted" text, {"x":1},'}
    )
    save_file({}, out / "empty.safetensors")
    tensors = {}
    for dtype, width in TYPES.items():
        buffer = np.zeros(4 * width, dtype=np.uint8)
        try:
            one = {dtype: specify(dtype, buffer)}
            serialize(one, None)
        except (SafetensorError, ValueError, TypeError):
            continue  # this version does not know it
        tensors.update(one)
        kept.append(buffer)
    (out / "types.safetensors").write_bytes(serialize(tensors, None))
    for path in out.iterdir():
        path.chmod(0o644)


def specify(dtype: str, buffer: np.ndarray) -> object:
    try:
        from safetensors import TensorSpec
    except ImportError:
        return {"dtype": dtype, "shape": [4], "data": buffer.tobytes()}
    return TensorSpec(dtype=dtype, shape=[4], data_ptr=buffer.ctypes.data, data_len=buffer.nbytes)


def make_gguf() -> None:
    out = folder("gguf")
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((4, 256)).astype(np.float32)
    for name, endian in (("plain", GGUFEndian.LITTLE), ("big-endian", GGUFEndian.BIG)):
        writer = GGUFWriter(out / f"{name}.gguf", "llama", endianess=endian)
        writer.add_name("tiny")
        writer.add_block_count(1)
        writer.add_context_length(64)
        writer.add_array("tags", ["a", "b"])
        writer.add_token_list([f"t{index}" for index in range(100)])
        writer.add_token_scores([0.5] * 100)
        writer.add_bool("flag", True)
        writer.add_float64("double", 0.25)
        writer.add_chat_template(TEMPLATE)
        # Written in the other byte order, an array is swapped in place.
        writer.add_tensor("f32", matrix.copy())
        writer.add_tensor("f16", matrix.astype(np.float16))
        writer.add_tensor("bytes", np.arange(5, dtype=np.int8))
        finish(writer)
    writer = GGUFWriter(out / "quantized.gguf", "llama")
    writer.add_custom_alignment(64)
    writer.add_chat_template(
        [
            {"name": "default", "template": TEMPLATE},
            {"name": "tool_use", "template": TEMPLATE},
        ]
    )
    for kind in ("Q4_0", "Q5_1", "Q8_0", "BF16", "TQ1_0", "Q4_K"):
        try:
            data = quantize(matrix, GGMLQuantizationType[kind])
        except (KeyError, NotImplementedError):
            continue
        writer.add_tensor(kind, data, raw_dtype=GGMLQuantizationType[kind])
    finish(writer)
    writer = GGUFWriter(out / "vocabulary.gguf", "llama")
    writer.add_token_list([f"token {index}" for index in range(300)])
    finish(writer)


def finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


make_safetensors()
make_gguf()
