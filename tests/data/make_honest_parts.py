"""Make the files of `tests/data/honest` with parts that models hold, and small packages save.

Run with Python 3.11 in a throw-away environment; a package that is not installed is named and left
out. Nothing here is loaded by the tests.

    pip install numpy scipy pandas scikit-learn joblib pyod tokenizers sentencepiece ...
    python make_honest_parts.py tests/data/honest [PACKAGE ...]
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from honest_files import Makers, pickled

X = np.random.RandomState(0).rand(24, 3)
Y = np.array([0, 1] * 12)
LINE = np.linspace(0, 1, 9)
MAKERS = Makers(pickled(2), pickled(5))
saved = MAKERS.saved


@saved
def dateutil() -> dict[str, Any]:
    from dateutil import relativedelta, tz

    return {"parts": [tz.tzutc(), tz.tzlocal(), relativedelta.relativedelta(months=1)]}


@saved
def pytz() -> dict[str, Any]:
    import pytz as zones

    return {"zones": [zones.utc, zones.timezone("Europe/Berlin"), zones.FixedOffset(60)]}


@saved
def packaging() -> dict[str, Any]:
    from packaging import specifiers, version

    return {"versions": [version.Version("1.2"), specifiers.SpecifierSet(">=1")]}


@saved
def huggingface_hub() -> dict[str, Any]:
    from huggingface_hub import ModelCardData

    return {"card": ModelCardData(license="mit")}


@saved
def tokenizers() -> dict[str, Any]:
    import tokenizers as tk
    from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

    made = tk.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel()
    made.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase()])
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(["hello world"] * 5, trainers.BpeTrainer(vocab_size=30))
    parts = [made.model, made.pre_tokenizer, made.normalizer, made.decoder, tk.AddedToken("<s>")]
    return {"whole": made, "parts": parts}


@saved
def sentencepiece() -> dict[str, Any]:
    import sentencepiece as pieces

    model = io.BytesIO()
    pieces.SentencePieceTrainer.train(
        sentence_iterator=iter(["ab ba", "b a"] * 9),
        model_writer=model,
        vocab_size=7,
        normalization_rule_name="identity",
    )
    return {"processor": pieces.SentencePieceProcessor(model_proto=model.getvalue())}


@saved
def pyod() -> dict[str, Any]:
    from pyod.models.abod import ABOD
    from pyod.models.hbos import HBOS

    return {"abod": ABOD().fit(X), "hbos": HBOS().fit(X)}


@saved
def scipy() -> dict[str, Any]:
    from scipy import cluster, interpolate, optimize, spatial, stats

    many = stats.Mixture([stats.Normal(), stats.Uniform(a=0, b=1)])
    return {
        "splines": [
            interpolate.AAA(LINE, np.exp(LINE)),
            interpolate.BarycentricInterpolator(LINE, LINE),
            interpolate.CloughTocher2DInterpolator(X[:, :2], X[:, 2]),
            interpolate.KroghInterpolator(LINE, LINE),
            interpolate.NdBSpline((np.arange(6.0),), np.ones(3), 2),
            interpolate.SmoothBivariateSpline(*X.T),
        ],
        "shapes": [spatial.Delaunay(X), spatial.ConvexHull(X), spatial.Voronoi(X)],
        "turns": spatial.transform.RotationSpline(
            [0, 1, 2], spatial.transform.Rotation.identity(3)
        ),
        "mixture": [many],
        "optimum": [
            optimize.differential_evolution(np.sum, [(0, 1)], maxiter=1, rng=1),
            optimize.linprog([1], bounds=[(0, 1)]),
            optimize.milp([1], bounds=optimize.Bounds(0, 1)),
            optimize.shgo(np.sum, [(0, 1)]),
            optimize.BFGS(),
            optimize.NonlinearConstraint(np.sin, 0, 1),
        ],
        "several": [stats.tukey_hsd(LINE, LINE + 1), stats.bootstrap((LINE,), np.mean)],
        "hierarchy": cluster.hierarchy.to_tree(cluster.hierarchy.linkage(X)),
    }


@saved
def numpy() -> dict[str, Any]:
    kinds = (np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64)
    return {
        "generators": [np.random.Generator(kind(1)) for kind in kinds],
        "polynomials": [np.polynomial.Hermite([1, 2]), np.polynomial.Laguerre([1, 2])],
        "vectorized": np.vectorize(np.interp, excluded={1}, signature="(n)->(n)"),
        "described": np.dtype({"names": ["a"], "formats": ["f4"], "offsets": [4], "titles": ["t"]}),
        "masked": np.ma.array([(1, 2.0)], dtype=[("a", int), ("b", float)])[0],
    }


@saved
def pandas() -> dict[str, Any]:
    import pandas as pd

    days = pd.date_range("2024", periods=4, freq="B")
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "g": list("xxyy")}, index=days)
    return {
        "windows": [frame.a.rolling(2), frame.a.expanding(), frame.a.ewm(com=1)],
        "grouped": [frame.groupby("g").a, frame.resample("W"), pd.Grouper(freq="W")],
        "offsets": [pd.offsets.BusinessHour(), pd.offsets.FY5253(), pd.offsets.Easter()],
        "flags": frame.set_flags(allows_duplicate_labels=False),
    }


@saved
def sklearn() -> dict[str, Any]:
    from scipy.stats import loguniform
    from sklearn import gaussian_process, linear_model, model_selection, svm

    kernels = gaussian_process.kernels
    search = model_selection.RandomizedSearchCV(
        linear_model.LogisticRegression(), {"C": loguniform(0.1, 1)}, n_iter=2, cv=2, random_state=0
    )
    kernel = kernels.ConstantKernel() * kernels.RBF() + kernels.Matern() + kernels.DotProduct()
    return {
        "randomized": search.fit(X, Y),
        "process": gaussian_process.GaussianProcessRegressor(kernel).fit(X[:5], Y[:5]),
        "splits": [model_selection.StratifiedGroupKFold(2), model_selection.TimeSeriesSplit(2)],
        "machine": svm.SVC(probability=True).fit(X, Y),
    }


if __name__ == "__main__":
    MAKERS.main()
