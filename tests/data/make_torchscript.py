"""Make the TorchScript samples of the PyTorch that runs this: `python make_torchscript.py`.

Made with 1.4.0 (Python 3.7), 1.8.1 and 1.13.1 (Python 3.8) and 2.13.0 (Python 3.11). They stand
beside this file, in `torchscript-VERSION/`. Nothing in them is ever loaded by a test.
"""

import re
import zipfile
from pathlib import Path
from typing import Tuple  # noqa: UP035, for old versions

import torch


class Net(torch.nn.Module):
    """A model with all that honest ones have: submodules, conditions, messages, a fork."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
        self.out = torch.nn.LSTM(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.layers(x)).mean(dim=[2, 3])
        if x.size(0) > 100:
            raise ValueError("too many, use torch.save() on a part")
        return self.out(x.unsqueeze(0))[0]


class Saves(torch.nn.Module):
    """A model that would write a file."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, "written-by-modelassay-sample")
        return x


class Reads(torch.nn.Module):
    """A model that would read a file when it is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.ones(1)

    @torch.jit.export
    def __getstate__(self) -> Tuple[torch.Tensor, bool]:  # noqa: UP006
        return self.w, self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, bool]) -> None:  # noqa: UP006
        self.w = torch.from_file("/nonexistent", False, 1)
        self.training = state[1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.w


def _neutral(path: Path) -> None:
    """Blank the folders of this machine out of the debug information."""
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in members:
            data = re.sub(
                rb"/[\w./-]*?/(?=site-packages/|make_torchscript)",
                lambda found: b"/" + b"-" * (len(found[0]) - 2) + b"/",
                data,
            )
            made = zipfile.ZipInfo(info.filename)
            archive.writestr(made, data, info.compress_type)


def main() -> None:
    """Write the samples."""
    version = torch.__version__.partition("+")[0]
    folder = Path(__file__).parent / f"torchscript-{version}"
    folder.mkdir(exist_ok=True)
    net = Net().eval()
    scripted = torch.jit.script(net)
    saves = torch.jit.script(Saves())
    models = {
        "honest_traced.pt": torch.jit.trace(net, torch.zeros(1, 1, 5, 5)),
        "honest_scripted.pt": scripted,
        "saves.pt": saves,
        "reads_on_loading.pt": torch.jit.script(Reads()),
    }
    if hasattr(torch.jit, "freeze"):
        models["honest_frozen.pt"] = torch.jit.freeze(scripted)
    for name, model in models.items():
        model.save(str(folder / name))
    if hasattr(scripted, "_save_for_lite_interpreter"):
        scripted._save_for_lite_interpreter(str(folder / "honest_mobile.ptl"))
        saves._save_for_lite_interpreter(str(folder / "saves_mobile.ptl"))
    for path in folder.iterdir():
        if path.suffix != ".ff":
            _neutral(path)
    if hasattr(torch.jit, "save_jit_module_to_flatbuffer"):
        for name in ("honest_scripted", "saves", "reads_on_loading"):
            model = models[f"{name}.pt"]
            model._save_for_lite_interpreter(str(folder / f"{name}.ff"), _use_flatbuffer=True)


if __name__ == "__main__":
    main()
