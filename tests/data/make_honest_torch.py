"""Make the files of `tests/data/honest` that torch and the packages on it save.

Run in a throw-away environment; a package that is not installed is named and left out. Nothing
here is loaded by the tests.

    pip install torch==2.13.0 transformers lightning accelerate peft diffusers gpytorch ...
    python make_honest_torch.py tests/data/honest [PACKAGE ...]
"""

from __future__ import annotations

import io
from collections import OrderedDict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from honest_files import Makers, pickled
from torch import nn

MAKERS = Makers(
    ("pt", torch.save),
    ("old.pt", partial(torch.save, _use_new_zipfile_serialization=False)),
    pickled(2),
    pickled(4),
)
saved = MAKERS.saved


def trained(model: nn.Module) -> tuple[torch.optim.Optimizer, Any]:
    """Return an optimizer and a schedule that made one step."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
    sum(parameter.sum() for parameter in model.parameters()).backward()
    optimizer.step()
    schedule.step()
    return optimizer, schedule


@saved
def plain() -> dict[str, Any]:
    model = nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.ReLU(), c=nn.LSTM(2, 2)))
    optimizer, schedule = trained(model)
    ragged = [torch.zeros(1, 2), torch.ones(2, 2)]
    return {
        "module": model,
        "checkpoint": {
            "epoch": 1,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "random": torch.get_rng_state(),
        },
        "jagged": torch.nested.nested_tensor(ragged, layout=torch.jagged),
        "sparse": [torch.eye(2).to_sparse(), torch.eye(2).to_sparse_csr()],
        "quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "kinds": [torch.float16, torch.device("cpu"), torch.Size([1]), torch.channels_last],
        "ultralytics": {
            "epoch": -1,
            "best_fitness": None,
            "model": nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.SiLU()).half(),
            "train_args": {"model": "a.yaml", "imgsz": 640},
            "date": "2026-01-01T00:00:00",
        },
    }


@saved
def lightning() -> dict[str, Any]:
    from lightning.fabric.utilities.data import AttributeDict
    from lightning.pytorch import LightningModule
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

    stop, keep = EarlyStopping("loss"), ModelCheckpoint(monitor="loss")
    return {
        "checkpoint": {
            "epoch": 0,
            "global_step": 1,
            "pytorch-lightning_version": "2.6.6",
            "state_dict": nn.Linear(2, 2).state_dict(),
            "loops": {"fit_loop": {"state_dict": {}}},
            "callbacks": {stop.state_key: stop.state_dict(), keep.state_key: keep.state_dict()},
            "hparams_name": "kwargs",
            "hyper_parameters": AttributeDict(size=2, callbacks=[stop, keep]),
        },
        "module": LightningModule(),
    }


@saved
def transformers() -> dict[str, Any]:
    from transformers import BertConfig, BertModel, GenerationConfig, TrainingArguments
    from transformers.trainer_pt_utils import LabelSmoother

    small = {"hidden_size": 4, "intermediate_size": 4, "vocab_size": 9}
    config = BertConfig(num_hidden_layers=1, num_attention_heads=1, **small)
    return {
        "arguments": TrainingArguments("out", report_to=[]),
        "model": BertModel(config),
        "config": [config, GenerationConfig(), LabelSmoother()],
    }


@saved
def peft() -> dict[str, Any]:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=1, target_modules=["a"])
    model = get_peft_model(nn.Sequential(OrderedDict(a=nn.Linear(2, 2))), config)
    return {"model": model, "config": config}


@saved
def diffusers() -> dict[str, Any]:
    from diffusers import DDIMScheduler, EulerDiscreteScheduler, UNet2DModel

    net = UNet2DModel(
        sample_size=4, in_channels=1, out_channels=1, block_out_channels=(4,), layers_per_block=1,
        norm_num_groups=1, down_block_types=("DownBlock2D",), up_block_types=("UpBlock2D",),
    )  # fmt: skip
    return {"net": net, "schedules": [DDIMScheduler(4), EulerDiscreteScheduler(4)]}


@saved
def gpytorch() -> dict[str, Any]:
    import gpytorch as gp

    likelihood = gp.likelihoods.GaussianLikelihood()
    return {
        "parts": [
            likelihood,
            gp.kernels.ScaleKernel(gp.kernels.RBFKernel()),
            gp.means.ConstantMean(),
        ]
    }


@saved
def pyro() -> dict[str, Any]:
    import pyro as pr
    from pyro.distributions import Normal
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam

    pr.clear_param_store()
    pr.param("a", torch.ones(2), constraint=pr.distributions.constraints.positive)
    AutoNormal(lambda: pr.sample("x", Normal(0.0, 1.0)))()
    return {
        "store": pr.get_param_store().get_state(),
        "parts": [Adam({"lr": 0.1}), Normal(0.0, 1.0)],
    }


@saved
def torch_geometric() -> dict[str, Any]:
    from torch_geometric.data import Data, HeteroData
    from torch_geometric.nn import GCNConv

    data = Data(x=torch.ones(2, 1), edge_index=torch.tensor([[0], [1]]))
    hetero = HeteroData()
    hetero["a"].x = torch.ones(1)
    return {"data": [data, hetero], "model": GCNConv(2, 1)}


@saved
def gymnasium() -> dict[str, Any]:
    import numpy as np
    from gymnasium.spaces import Box, Dict, Discrete, MultiBinary

    space = Dict({"a": Box(-1, 1, (2,), np.float32), "b": Discrete(2), "c": MultiBinary(2)})
    return {"space": space}


@saved
def stable_baselines3() -> dict[str, Any]:
    from stable_baselines3 import PPO

    model = PPO(
        "MlpPolicy", "CartPole-v1", n_steps=4, batch_size=4, policy_kwargs={"net_arch": [2]}
    )
    file = io.BytesIO()
    model.save(file)
    return {"saved.zip": file.getvalue(), "policy": model.policy}


@saved
def sentence_transformers() -> dict[str, Any]:
    from sentence_transformers.models import Normalize, Pooling

    return {"parts": nn.Sequential(Pooling(4), Normalize())}


@saved
def timm() -> dict[str, Any]:
    from timm.layers import DropPath, Mlp

    return {"layers": nn.Sequential(Mlp(2), DropPath(0.1))}


@saved
def torchvision() -> dict[str, Any]:
    from torchvision.models import squeezenet1_1

    with torch.device("meta"):
        return {"squeezed": squeezenet1_1()}


@saved
def ultralytics() -> dict[str, Any]:
    from ultralytics.cfg import get_cfg

    return {"settings": get_cfg()}


@saved
def pytorch_tabnet() -> dict[str, Any]:
    import numpy as np
    from pytorch_tabnet.tab_model import TabNetClassifier

    rows, labels = np.random.RandomState(0).rand(60, 5).astype("f4"), np.arange(60) % 2
    model = TabNetClassifier(verbose=0)
    model.fit(rows, labels, max_epochs=1, batch_size=32, virtual_batch_size=32)
    with TemporaryDirectory() as folder:
        return {"saved.zip": Path(model.save_model(f"{folder}/model")).read_bytes()}


@saved
def fastai() -> dict[str, Any]:
    import pandas as pd
    from fastai.tabular.all import (
        Categorify,
        CategoryBlock,
        FillMissing,
        Normalize,
        TabularDataLoaders,
        tabular_learner,
    )

    frame = pd.DataFrame({"a": [0.5, 1.5] * 8, "g": list("uv") * 8, "k": [0, 1] * 8})
    loaders = TabularDataLoaders.from_df(
        frame,
        procs=[Categorify, FillMissing, Normalize],
        cat_names=["g"],
        cont_names=["a"],
        y_names="k",
        y_block=CategoryBlock(),
        valid_idx=[0, 1],
        bs=4,
    )
    learner = tabular_learner(loaders, layers=[2])
    with TemporaryDirectory() as folder:
        learner.export(Path(folder) / "learner.pkl")
        return {"exported.pkl": (Path(folder) / "learner.pkl").read_bytes()}


@saved
def dgl() -> dict[str, Any]:
    import dgl as graphs
    from dgl.nn import GATConv, GraphConv, SAGEConv

    graph = graphs.graph(([0, 1], [1, 2]))
    graph.ndata["x"] = torch.ones(3, 2)
    layers = [GraphConv(2, 2), SAGEConv(2, 2, "mean"), GATConv(2, 2, 1)]
    return {"graph": graph, "layers": nn.ModuleList(layers)}


@saved
def torchmetrics() -> dict[str, Any]:
    from torchmetrics import MeanSquaredError, MetricCollection
    from torchmetrics.classification import BinaryAccuracy

    return {"metrics": MetricCollection([BinaryAccuracy(), MeanSquaredError()])}


@saved
def accelerate() -> dict[str, Any]:
    from accelerate.utils import DistributedType, GradientAccumulationPlugin

    return {"parts": [DistributedType.NO, GradientAccumulationPlugin(num_steps=2)]}


@saved
def jax() -> dict[str, Any]:
    import jax.numpy as jnp

    return {"arrays": {"a": jnp.ones(2), "b": [jnp.zeros((1, 2), jnp.bfloat16)]}}


@saved
def flax() -> dict[str, Any]:
    import jax.random
    from flax import linen
    from flax.core import freeze

    layer = linen.Dense(2)
    return {"params": freeze(layer.init(jax.random.PRNGKey(0), jax.numpy.ones((1, 2))))}


@saved
def optax() -> dict[str, Any]:
    import jax.numpy as jnp
    import optax as ox

    return {"state": ox.adam(0.1).init({"a": jnp.ones(2)})}


@saved
def mmengine() -> dict[str, Any]:
    from mmengine.config import Config, ConfigDict
    from mmengine.logging import MessageHub
    from mmengine.model import BaseModule
    from mmengine.structures import InstanceData

    hub = MessageHub.get_instance("training")
    for step in range(3):
        hub.update_scalar("train/loss", 0.5 / (step + 1))
        hub.update_info("iter", step)
    found = InstanceData(bboxes=torch.zeros(2, 4), labels=torch.ones(2))
    model = BaseModule()
    model.head = nn.Linear(2, 2)
    config = Config({"model": {"type": "Tiny", "depth": 2}})
    meta = {"epoch": 1, "iter": 3, "cfg": config.pretty_text, "seed": 0, "dataset_meta": {}}
    return {
        "checkpoint": {
            "meta": meta,
            "state_dict": model.state_dict(),
            "message_hub": hub.state_dict(),
            "param_schedulers": [],
        },
        "parts": [found, ConfigDict(a=1, b={"c": [2]})],
        "module": model,
    }


if __name__ == "__main__":
    MAKERS.main()
