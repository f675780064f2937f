"""Make a distributed checkpoint, which is archives one behind the other, beside this file.

Run in a throw-away environment on Python 3.11:

    pip install torch==2.13.0 numpy==2.4.6
    python make_torch_checkpoint.py
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.distributed.checkpoint as checkpoint

HERE = Path(__file__).parent


def main() -> None:
    version = torch.__version__.partition("+")[0]
    state = {f"layers.{index}.weight": torch.full((4, 4), float(index)) for index in range(3)}
    state["head.bias"] = torch.arange(5.0)
    checkpoint.save(state, checkpoint_id=HERE / f"checkpoint-{version}", no_dist=True)


if __name__ == "__main__":
    main()
