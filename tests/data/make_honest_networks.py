"""Make the files of `tests/data/honest` that packages of layers, environments and trainers save.

Run in a throw-away environment; a package that is not installed is named and left out. Nothing
here is loaded by the tests. Large networks are made without their weights, on the meta device.

    pip install torch==2.13.0 torchaudio kornia monai segmentation-models-pytorch trl dm-haiku ...
    python make_honest_networks.py tests/data/honest [PACKAGE ...]
"""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
from honest_files import Makers, pickled

try:
    import torch

    WAYS = (
        ("pt", torch.save),
        ("old.pt", partial(torch.save, _use_new_zipfile_serialization=False)),
    )
    META = torch.device("meta")
except ImportError:  # of JAX and of games none is needed
    WAYS = ()
MAKERS = Makers(*WAYS, pickled(2), pickled(4))
saved = MAKERS.saved


@saved
def torchaudio() -> dict[str, Any]:
    from torchaudio import models, transforms

    heard = torch.nn.Sequential(
        transforms.Resample(8, 4),
        transforms.MelSpectrogram(8000, n_fft=16, n_mels=2),
        transforms.AmplitudeToDB(),
        transforms.FrequencyMasking(2),
    )
    with META:
        return {"transforms": heard, "model": models.wav2letter.Wav2Letter(2)}


@saved
def segmentation_models() -> dict[str, Any]:
    import segmentation_models_pytorch as smp

    with META:
        net = smp.Unet("resnet18", encoder_weights=None)
        pan = smp.FPN("timm-mobilenetv3_small_100", encoder_weights=None)
    return {
        "unet": net,
        "fpn": pan,
        "losses": [smp.losses.DiceLoss("binary"), smp.losses.FocalLoss("binary")],
    }


@saved
def open_clip() -> dict[str, Any]:
    import open_clip as oc

    text = oc.CLIPTextCfg(context_length=4, vocab_size=9, width=8, heads=1, layers=1)
    seen = oc.CLIPVisionCfg(layers=1, width=8, head_width=8, patch_size=4, image_size=8)
    with META:
        return {"model": oc.CLIP(4, seen, text), "parts": [text, seen, oc.ClipLoss()]}


@saved
def trl() -> dict[str, Any]:
    from trl import DPOConfig, SFTConfig

    kinds = (SFTConfig, DPOConfig)
    return {"arguments": [kind("out", use_cpu=True, report_to=[]) for kind in kinds]}


@saved
def kornia() -> dict[str, Any]:
    from kornia import augmentation, filters

    moves = augmentation.AugmentationSequential(
        augmentation.RandomHorizontalFlip(), augmentation.RandomErasing(), data_keys=["input"]
    )
    return {"moves": moves, "filter": filters.GaussianBlur2d((3, 3), (1.0, 1.0))}


@saved
def monai() -> dict[str, Any]:
    from monai.losses import DiceLoss
    from monai.networks.nets import UNet
    from monai.transforms import Compose, EnsureChannelFirst, RandFlip, ScaleIntensity

    steps = Compose([EnsureChannelFirst(), ScaleIntensity(), RandFlip(0.5)])
    with META:
        return {"net": UNet(2, 1, 2, (4, 8), (2,)), "steps": steps, "loss": DiceLoss()}


@saved
def albumentations() -> dict[str, Any]:
    import albumentations as al

    return {
        "steps": al.Compose([al.HorizontalFlip(), al.Normalize(), al.RandomBrightnessContrast()])
    }


@saved
def efficientnet_pytorch() -> dict[str, Any]:
    from efficientnet_pytorch import EfficientNet

    with META:
        return {"net": EfficientNet.from_name("efficientnet-b0")}


@saved
def einops() -> dict[str, Any]:
    from einops.layers.torch import EinMix, Rearrange, Reduce

    mix = EinMix("b a -> b c", weight_shape="a c", a=2, c=2)
    return {"layers": torch.nn.Sequential(Rearrange("b a -> a b"), Reduce("a b -> a", "mean"), mix)}


@saved
def tensordict() -> dict[str, Any]:
    from tensordict import TensorDict
    from tensordict.nn import TensorDictModule

    data = TensorDict({"a": torch.ones(2, 1), "b": {"c": torch.zeros(2)}}, [2])
    return {"data": data, "module": TensorDictModule(torch.nn.Linear(1, 1), ["a"], ["b"])}


@saved
def botorch() -> dict[str, Any]:
    from botorch.acquisition import LogExpectedImprovement
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Normalize, Standardize

    rows = torch.rand(4, 2, dtype=torch.double)
    model = SingleTaskGP(
        rows,
        rows.sum(1, keepdim=True),
        outcome_transform=Standardize(1),
        input_transform=Normalize(2),
    )
    return {"model": model, "gain": LogExpectedImprovement(model, 0.5)}


@saved
def linear_operator() -> dict[str, Any]:
    from linear_operator.operators import DiagLinearOperator, to_linear_operator

    return {"operators": [to_linear_operator(torch.eye(2)), DiagLinearOperator(torch.ones(2))]}


@saved
def pytorch_forecasting() -> dict[str, Any]:
    import pandas as pd
    from pytorch_forecasting import TimeSeriesDataSet
    from pytorch_forecasting.data import GroupNormalizer, NaNLabelEncoder
    from pytorch_forecasting.metrics import QuantileLoss

    frame = pd.DataFrame({"t": range(12), "y": np.arange(12.0), "g": "a"})
    data = TimeSeriesDataSet(
        frame, "t", "y", ["g"], max_encoder_length=3, max_prediction_length=1,
        time_varying_unknown_reals=["y"], target_normalizer=GroupNormalizer(["g"]),
    )  # fmt: skip
    return {"data": data, "parts": [QuantileLoss(), NaNLabelEncoder()]}


@saved
def setfit() -> dict[str, Any]:
    from setfit import SetFitHead, TrainingArguments

    return {"parts": [SetFitHead(2, 2), TrainingArguments("out")]}


@saved
def haiku() -> dict[str, Any]:
    import haiku as hk
    import jax

    net = hk.without_apply_rng(hk.transform(lambda x: hk.nets.MLP([2, 1])(x)))
    params = net.init(jax.random.PRNGKey(0), np.ones((1, 2)))
    return {"params": params, "flat": hk.data_structures.to_haiku_dict(params)}


@saved
def chex() -> dict[str, Any]:
    import chex as ch

    return {"sizes": ch.Dimensions(B=2, T=3)}


@saved
def equinox() -> dict[str, Any]:
    import equinox as eqx
    import jax

    net = eqx.nn.MLP(2, 1, 2, 1, key=jax.random.PRNGKey(0))
    file = io.BytesIO()
    eqx.tree_serialise_leaves(file, net)
    return {"net": net, "leaves.eqx": file.getvalue()}


@saved
def gym() -> dict[str, Any]:
    from gym import spaces

    return {
        "space": spaces.Dict(
            a=spaces.Box(-1, 1, (2,)), b=spaces.Discrete(2), c=spaces.MultiBinary(2)
        )
    }


@saved
def tf_keras() -> dict[str, Any]:
    import tf_keras as keras

    net = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    net.compile("adam", "mse")
    net.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    return {"model": net, "parts": [net.optimizer.get_config(), net.history.history]}


if __name__ == "__main__":
    MAKERS.main()
