"""Whatever a real loader accepts, we read whole: damaged files before both.

    python -m evals.oracles --python LOADER=PATH... [--count N] [--seed N]

LOADER is one of those below, PATH the Python of an environment that has it. Samples of the tests
are damaged as `fuzz/run.py` does, each loader is run over them in a process of its own, and what it
took is held against our report: a file that it took should not be called incomplete, and all its
tensors be told. Only files made here are loaded; pickles with all imports refused.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from evals.samples import samples
from modelassay.core.facts import Fact, Tensor
from modelassay.core.report import Artifact
from modelassay.io.blob import Memory
from modelassay.io.budget import Limits
from modelassay.kernel import Item, Options, Scanner

_FRAME = """
import json, os, resource, signal, sys, warnings
warnings.simplefilter("ignore")
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
{body}
out = {{}}
for name in sorted(os.listdir(sys.argv[1])):
    child_in, child_out = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(20)
        told = b""
        try:
            told = json.dumps(sorted(map(str, load(os.path.join(sys.argv[1], name))))).encode()
        except BaseException:
            pass
        os.write(child_out, told[:60000])
        os._exit(0)
    os.close(child_out)
    told = b""
    while part := os.read(child_in, 65536):
        told += part
    os.close(child_in)
    os.waitpid(child, 0)
    if told:
        out[name] = json.loads(told)
print("\\n" + json.dumps(out))
"""
#: The formats whose samples a loader is given, and how it returns the names of the tensors.
LOADERS: dict[str, tuple[tuple[str, ...], str]] = {
    "pickle": (
        ("pickle",),
        "import pickle\n"
        "class Inert(pickle.Unpickler):\n"
        "    def find_class(self, module, name): raise ValueError(module)\n"
        "def load(path):\n    Inert(open(path, 'rb')).load()\n    return []\n",
    ),
    "numpy": (
        ("numpy", "npz"),
        "import numpy\n"
        "def load(path):\n    found = numpy.load(path, allow_pickle=False)\n"
        "    [found[k] for k in getattr(found, 'files', ())]\n    return []\n",
    ),
    "safetensors": (
        ("safetensors",),
        "from safetensors import safe_open\n"
        "def load(path):\n    return list(safe_open(path, 'np').keys())\n",
    ),
    "gguf": (
        ("gguf",),
        "import gguf\n"
        "def load(path):\n    return [t.name for t in gguf.GGUFReader(path).tensors]\n",
    ),
    "onnx": (
        ("onnx",),
        "import onnx\n"
        "def load(path):\n    onnx.checker.check_model(path)\n"
        "    return [t.name for t in onnx.load(path).graph.initializer]\n",
    ),
    "h5py": (
        ("hdf5",),
        "import h5py\n"
        "def load(path):\n    names = []\n"
        "    def see(name, one):\n"
        "        if isinstance(one, h5py.Dataset):\n"
        "            one[()]\n            names.append(name)\n"
        "    h5py.File(path, 'r').visititems(see)\n    return names\n",
    ),
    "torch": (
        ("pytorch-zip", "pytorch-legacy"),
        "import torch\ndef load(path):\n    torch.load(path, weights_only=True)\n    return []\n",
    ),
}


def damage() -> ModuleType:
    """Return `fuzz/run.py`, which is no package."""
    path = Path(__file__).resolve().parents[1] / "fuzz" / "run.py"
    spec = importlib.util.spec_from_file_location("fuzzing", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(data: bytes) -> tuple[bool, set[str]]:
    """Scan `data`; return whether it was read whole, and the names of its tensors."""
    names: set[str] = set()

    def observe(artifact: Artifact, facts: list[Fact]) -> None:
        names.update(fact.name for fact in facts if isinstance(fact, Tensor))

    scanner = Scanner(["file"], Options(limits=Limits(seconds=20)), observe)
    scanner.scan(Item("file", lambda: Memory(data)))
    return scanner.finish().complete, names


def compare(loader: str, python: str, count: int, seed: int) -> str:
    """Give `count` damaged files to a loader and to us; return a line of the table."""
    formats, body = LOADERS[loader]
    seeds = [data for name in formats for data in samples()[name]]
    fuzzing = damage()
    chance = random.Random(f"{seed} {loader}")
    made = {f"{n:06}": fuzzing.damaged(seeds, chance) for n in range(count)}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in made.items():
            (Path(folder) / name).write_bytes(data)
        command = [python, "-c", _FRAME.format(body=body), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    taken: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    incomplete = missing = 0
    for name, tensors in taken.items():
        whole, known = told(made[name])
        if not whole:
            incomplete += 1
            print(f"{loader}: {name}: taken, and called incomplete: {made[name][:60]!r}")
        elif known and not all(any(one in other for other in known) for one in tensors):
            missing += 1
            print(f"{loader}: {name}: tensors not told: {set(tensors) - known}")
    return f"| {loader} | {count} | {len(taken)} | {incomplete} | {missing} |"


def main() -> int:
    """Print the table of all loaders that were given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", nargs="+", required=True, metavar="LOADER=PATH")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| loader | damaged files | taken by it | called incomplete | tensors not told |")
    print("|---|---|---|---|---|")
    for given in options.python:
        loader, _, python = given.partition("=")
        print(compare(loader, python, options.count, options.seed), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
