"""Make a NeMo archive by the connector of the toolkit itself: `python make_nemo.py`.

Made with 1.23.0 and 2.1.0, Python 3.11, each in a throw-away environment; the toolkit without
its dependencies, for it wants far more than its core imports:

    pip install torch pytorch-lightning omegaconf hydra-core ...; pip install --no-deps nemo_toolkit
"""

from __future__ import annotations

import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import nemo
import torch
from nemo.core import ModelPT
from omegaconf import OmegaConf

OUT = Path(__file__).parent / f"nemo-{nemo.__version__}"


class Tiny(ModelPT):
    """A model of one layer, with a word list beside it."""

    def __init__(self, cfg, trainer=None):  # type: ignore[no-untyped-def]
        super().__init__(cfg=cfg, trainer=trainer)
        self.words = self.register_artifact("tokenizer.vocab", cfg.tokenizer.vocab)
        self.layer = torch.nn.Linear(2, 2)

    @classmethod
    def list_available_models(cls) -> None:
        return None

    def setup_training_data(self, config: object) -> None:
        pass

    def setup_validation_data(self, config: object) -> None:
        pass


def main() -> None:
    """Save it, and see that it names no folder of this machine."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as path:
        words = Path(path) / "vocab.txt"
        words.write_text("a\nb\n")
        config = {
            "tokenizer": {"vocab": str(words)},
            "encoder": {"_target_": "nemo.collections.asr.modules.ConvASREncoder", "feat_in": 4},
            "optim": {"name": "adamw", "lr": 0.1, "sched": {"name": "CosineAnnealing"}},
        }
        Tiny(OmegaConf.create(config)).save_to(str(OUT / "tiny.nemo"))
    with tarfile.open(OUT / "tiny.nemo") as archive:
        told = b"".join(archive.extractfile(m).read() for m in archive if m.name.endswith("yaml"))
    assert not re.search(rb"/(tmp|home|root)/", told), told


if __name__ == "__main__":
    sys.exit(main())
