"""The real loaders, as `evals.oracles` runs them: what they are given, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass

#: Runs `load` of a loader over the files of a folder, each in a fork, and prints what it returned.
FRAME = """
import json, os, resource, signal, sys, warnings
warnings.simplefilter("ignore")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
{body}
def told(path):
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    signal.alarm(20)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    return json.dumps(sorted(map(str, load(path)))).encode()

out = {{}}
for name in sorted(os.listdir(sys.argv[1])):
    child_in, child_out = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(child_out, told(os.path.join(sys.argv[1], name))[:60000])
        finally:
            os._exit(0)
    os.close(child_out)
    answer = b""
    while part := os.read(child_in, 65536):
        answer += part
    os.close(child_in)
    os.waitpid(child, 0)
    if answer:
        out[name] = json.loads(answer)
print("\\n" + json.dumps(out))
"""


@dataclass(frozen=True)
class Loader:
    """A loader: the formats whose samples it is given, and patterns of files below tests/data.

    `body` is a program with a function `load`, which takes a path and returns the names of the
    tensors, or raises. `suffix` is what the loader wants the name of a file to end in.
    """

    body: str
    formats: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    suffix: str = ""


_PICKLE = """
import pickle
class Inert(pickle.Unpickler):
    def find_class(self, module, name):
        raise ValueError(module)
def load(path):
    Inert(open(path, "rb")).load()
    return []
"""
_NUMPY = """
import numpy
def load(path):
    found = numpy.load(path, allow_pickle=False)
    [found[key] for key in getattr(found, "files", ())]
    return []
"""
_SAFETENSORS = """
from safetensors import safe_open
def load(path):
    return list(safe_open(path, "np").keys())
"""
_GGUF = """
import gguf
def load(path):
    return [tensor.name for tensor in gguf.GGUFReader(path).tensors]
"""
_ONNX = """
import onnx
def load(path):
    onnx.checker.check_model(path)
    return [tensor.name for tensor in onnx.load(path).graph.initializer]
"""
_H5PY = """
import h5py
def load(path):
    names = []
    def see(name, one):
        if isinstance(one, h5py.Dataset):
            one[()]
            names.append(name)
    h5py.File(path, "r").visititems(see)
    return names
"""
_TORCH = """
import torch
def load(path):
    torch.load(path, weights_only=True)
    return []
"""
_KERAS = """
import keras
def load(path):
    keras.saving.load_model(path, compile=False, safe_mode=True)
    return []
"""

LOADERS: dict[str, Loader] = {
    "pickle": Loader(_PICKLE, ("pickle",), ("honest/std-*.pkl", "honest/numpy-record.*.pkl")),
    "numpy": Loader(_NUMPY, ("numpy", "npz"), ("numpy-*/*.np[yz]",)),
    "safetensors": Loader(_SAFETENSORS, ("safetensors",), ("safetensors-*/*.safetensors",)),
    "gguf": Loader(_GGUF, ("gguf",), ("gguf-*/*.gguf",)),
    "onnx": Loader(_ONNX, ("onnx",), ("onnx-*/[!o]*.onnx",)),
    "h5py": Loader(_H5PY, ("hdf5",), ("hdf5-*/*.h5", "keras-*/plain*.h5")),
    "torch": Loader(
        _TORCH, ("pytorch-zip",), ("torch-*/s*.pt", "torch-2*/[ov]*.pt", "honest/plain-kinds*.pt")
    ),
    "torch-legacy": Loader(
        _TORCH, ("pytorch-legacy",), ("torch-1.[04]*/[sv]*.pt", "torch-2*/*-legacy.pt")
    ),
    "keras": Loader(_KERAS, (), ("keras-3*/*.keras",), ".keras"),
}
