"""Write ExecuTorch programs by the real exporter, into `executorch-VERSION` beside this file.

In an environment with torch 2.13.0: `pip install executorch==1.5.1` (or 1.0.1), then run this file.
"""

from importlib.metadata import version
from pathlib import Path

import torch
from executorch.exir import to_edge
from torch.export import export


class Net(torch.nn.Module):
    """A layer, and a sum of what it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.layer(x)).sum(dim=1)


if __name__ == "__main__":
    folder = Path(__file__).parent / f"executorch-{version('executorch')}"
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    edge = to_edge(export(Net().eval(), (torch.ones(2, 4),)))
    (folder / "plain.pte").write_bytes(edge.to_executorch().buffer)
