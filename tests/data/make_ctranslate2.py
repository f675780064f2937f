"""Make the models that the ctranslate2 package writes, beside this file.

Run in throw-away environments, one for each version, on Python 3.11:

    pip install ctranslate2==4.8.5 numpy==2.4.6 && python make_ctranslate2.py
    pip install ctranslate2==3.24.0 "numpy<2" && python make_ctranslate2.py
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, model_spec

HERE = Path(__file__).parent / "zoo" / f"ctranslate2-{version('ctranslate2')}"


class TinySpec(model_spec.ModelSpec):
    """An embedding, a projection that shares its weights, and a norm."""

    def __init__(self) -> None:
        self._config = None
        self._files = {}
        self.embeddings = common_spec.EmbeddingsSpec()
        self.projection = common_spec.LinearSpec()
        self.norm = common_spec.LayerNormSpec()

    @property
    def name(self) -> str:
        return "TinySpec"

    @property
    def revision(self) -> int:
        return 3


def main() -> None:
    HERE.mkdir(parents=True, exist_ok=True)
    for quantization in (None, "int8", "float16"):
        spec = TinySpec()
        generator = np.random.default_rng(1)
        spec.embeddings.weight = generator.standard_normal((12, 8), dtype=np.float32)
        spec.projection.weight = spec.embeddings.weight
        spec.projection.bias = np.zeros(12, dtype=np.float32)
        spec.norm.gamma = np.ones(8, dtype=np.float32)
        spec.norm.beta = np.zeros(8, dtype=np.float32)
        spec.validate()
        spec.optimize(quantization=quantization)
        folder = HERE / (quantization or "float32")
        folder.mkdir(exist_ok=True)
        spec.save(str(folder))


if __name__ == "__main__":
    main()
