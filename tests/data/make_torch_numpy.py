"""Make the samples that real frameworks write, beside this file.

Run in throw-away environments, one for each version, on Python 3.11:

    pip install torch==2.13.0 numpy==2.4.6 joblib==1.6.0 cloudpickle==3.1.2 dill==0.4.1
    python make_torch_numpy.py torch numpy joblib code
    pip install numpy==1.26.4 && python make_torch_numpy.py numpy
See `make_old.py` for versions that need an older Python.
"""

from __future__ import annotations

import os as system
import sys
from collections import OrderedDict
from pathlib import Path

HERE = Path(__file__).parent


def folder(package: str, version: str) -> Path:
    found = HERE / f"{package}-{version.partition('+')[0]}"
    found.mkdir(exist_ok=True)
    return found


def make_torch() -> None:
    import torch

    class Marked(torch.Tensor):
        pass

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(3, 2)
            self.register_buffer("bank", torch.arange(4.0))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.linear(x) + torch.tensor([1.0, 2.0])

    Marked.__qualname__ = "Marked"
    globals()["Marked"] = Marked
    torch.manual_seed(0)
    out = folder("torch", torch.__version__)
    base = torch.arange(12.0)
    marked = base.clone().as_subclass(Marked)
    objects = {
        "state": Net().state_dict(),
        "views": {
            "tail": base[5:],
            "square": base.view(3, 4).t(),
            "expanded": base[:1].expand(1000),
            "steps": base[::3],
            "again": base,
            "empty": base[12:],
            "none": torch.empty(0, 3),
            "scalar": torch.tensor(1.5),
        },
        "dtypes": [
            torch.zeros(3, dtype=getattr(torch, name))
            for name in (
                *("bool", "uint8", "int8", "int16", "int32", "int64", "half", "bfloat16"),
                *("float64", "complex64", "complex128", "complex32"),
                *("uint16", "uint32", "uint64", "float8_e4m3fn"),
            )
        ],
        "sparse": {
            "coo": torch.eye(3).to_sparse(),
            "csr": torch.eye(3).to_sparse_csr(),
            "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        },
        "quantized": {
            "int8": torch.quantize_per_tensor(base, 0.1, 0, torch.qint8),
            "channels": torch.quantize_per_channel(
                base.view(3, 4), torch.ones(3), torch.zeros(3), 0, torch.quint8
            ),
            "packed": torch.quantize_per_channel(
                base.view(3, 4), torch.ones(3), torch.zeros(3), 0, torch.quint4x2
            ),
        },
        "odd": {
            "meta": torch.empty(1 << 20, 1 << 20, device="meta"),
            "parameter": torch.nn.Parameter(base),
            "noted": _noted(torch.nn.Parameter(base.clone())),
            "storage": base.clone().untyped_storage(),
            "typed": base.clone().storage(),
            "numpy": base.numpy(),
            "grad": _hooked(torch),
        },
    }
    for name, object_ in objects.items():
        torch.save(object_, out / f"{name}.pt")
        if name != "dtypes":
            torch.save(object_, out / f"{name}-legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(objects["state"], out / "state-p4.pt", pickle_protocol=4)
    torch.save(torch.nn.Linear(2, 1), out / "module.pt")
    torch.save(OrderedDict(marked=marked), out / "ordered.pt")
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    torch.save(optimizer.state_dict(), out / "optimizer.pt")
    scripted = torch.jit.script(Net())
    scripted.save(str(out / "script.pt"))
    scripted._save_for_lite_interpreter(str(out / "mobile.ptl"))
    _package(torch, out)


def _noted(parameter):  # a parameter with attributes is saved with its state
    parameter.note = "kept"
    return parameter


def _hooked(torch):
    return torch.nn.Linear(2, 1).requires_grad_(False).weight


def _package(torch, out: Path) -> None:
    from torch.package import PackageExporter

    with PackageExporter(str(out / "package.pt")) as exporter:
        exporter.extern("torch.**")
        exporter.save_pickle("model", "model.pkl", {"w": torch.arange(6.0)})
        exporter.save_text("model", "note.txt", "kept")


def make_numpy() -> None:
    import numpy as np

    out = folder("numpy", np.__version__)
    fields = np.dtype([("a", "<f4"), ("b", "S5"), ("c", "<i2", (2, 3)), (("title", "d"), "?")])
    arrays = {
        "float": np.arange(6.0).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "scalar": np.float32(3),
        "empty": np.zeros((0, 3)),
        "big": np.arange(3, dtype=">i8"),
        "text": np.array(["a", "bcd"]),
        "bytes": np.array([b"a", b"bcd"]),
        "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
        "spans": np.array([1], dtype="timedelta64[ns]"),
        "fields": np.zeros(3, dtype=fields),
        "padded": np.zeros(2, dtype=np.dtype("u1,f8", align=True)),
        "nested": np.zeros(2, dtype=[("o", [("i", "<i4"), ("j", "<f8")])]),
        "void": np.zeros(2, dtype="V7"),
        "half": np.zeros(2, dtype="f2"),
        "complex": np.zeros(2, dtype="c16"),
        "unicode-field": np.zeros(2, dtype=[("\u03b1", "<f4")]),
        "objects": np.array([{"a": 1}, None, "x"], dtype=object),
        "object-fields": np.zeros(2, dtype=[("a", "<f4"), ("o", object)]),
    }
    for name, array in arrays.items():
        np.save(out / f"{name}.npy", array, allow_pickle=True)
    with open(out / "two.npy", "wb") as file:
        np.save(file, arrays["float"])
        np.save(file, arrays["text"])
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(out / f"version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, arrays["float"], version=version)
    np.savez(out / "plain.npz", arrays["float"], text=arrays["text"])
    np.savez_compressed(out / "compressed.npz", a=arrays["float"], o=arrays["objects"])


def make_joblib() -> None:
    import joblib
    import numpy as np

    out = folder("joblib", joblib.__version__)
    object_ = {
        "plain": np.arange(6.0).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "fields": np.zeros(3, dtype=[("a", "<f4"), ("b", "S5")]),
        "objects": np.array([{"a": 1}, None], dtype=object),
        "object-fields": np.zeros(2, dtype=[("a", "<f4"), ("o", object)]),
        "matrix": np.matrix([[1.0, 2.0]]),
        "scalar": np.array(3.0),
        "empty": np.zeros((0, 3)),
        "text": np.array(["a", "bcd"]),
        "end": "end",
    }
    joblib.dump(object_, str(out / "arrays.joblib"))
    joblib.dump(object_, str(out / "compressed.joblib"), compress=3)


def make_code() -> None:
    import marshal
    import pickle

    import cloudpickle
    import dill

    def reach(word, times=2):
        def inner(more):
            return system.getenv(word + more)

        return [inner(str(one)) for one in range(times)]

    class Marshalled:
        def __reduce__(self):
            return marshal.loads, (marshal.dumps(reach.__code__),)

    out = folder("code", "3.11")
    for protocol in (2, 4, 5):
        data = cloudpickle.dumps(reach, protocol=protocol)
        (out / f"cloudpickle-p{protocol}.pkl").write_bytes(data)
        data = dill.dumps(reach, protocol=protocol, recurse=True)
        (out / f"dill-p{protocol}.pkl").write_bytes(data)
    (out / "marshal.pkl").write_bytes(pickle.dumps(Marshalled()))


if __name__ == "__main__":
    for part in sys.argv[1:]:
        {"torch": make_torch, "numpy": make_numpy, "joblib": make_joblib, "code": make_code}[part]()
