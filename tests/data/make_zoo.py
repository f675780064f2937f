"""Make the samples of smaller formats, beside this file, by whatever package is there.

Run in throw-away environments, on Python 3.11, and `Rscript make_zoo.R` of R 4.2.2 beside it:

    pip install catboost==1.2.10 xgboost-cpu==3.2.0 lightgbm==4.7.0 scikit-learn==1.9.1
    pip install xgboost==1.7.6 "numpy<2" "scipy<1.12"
    pip install orbax-checkpoint==0.12.8 flax==0.12.8
    pip install fasttext-wheel==0.9.2 gensim==4.4.0 torch-model-archiver==0.12.0
    pip install catboost==1.0.6 lightgbm==3.3.5 gensim==3.8.3 scikit-learn==1.0.2 (Python 3.8)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "zoo"
X = np.random.RandomState(0).rand(24, 3)
Y = (X[:, 0] > 0.5) * 1


def folder(package: str) -> Path | None:
    try:
        found = HERE / f"{package}-{version(package)}"
    except PackageNotFoundError:
        return None
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir(parents=True)
    return found


def make_catboost(out: Path) -> None:
    import catboost

    options = {"iterations": 2, "depth": 2, "verbose": 0, "allow_writing_files": False}
    for policy in ("SymmetricTree", "Depthwise"):
        model = catboost.CatBoostClassifier(grow_policy=policy, **options).fit(X, Y)
        model.save_model(out / f"{policy}.json", format="json")
        model.save_model(out / f"{policy}.cbm")
    words = [["abc"[n % 3], X[n, 0]] for n in range(24)]
    model = catboost.CatBoostClassifier(one_hot_max_size=1, **options)
    pool = catboost.Pool(words, Y, cat_features=[0])
    model.fit(pool).save_model(out / "words.json", format="json", pool=pool)


def make_xgboost(out: Path) -> None:
    import xgboost

    old = xgboost.__version__ < "2"
    for booster in ("gbtree", "dart", "gblinear"):
        options = {"booster": booster, "max_depth": 2, "eval_metric": "rmse"}
        model = xgboost.train(options, xgboost.DMatrix(X, Y), 2)
        model.set_attr(note="x")
        model.save_model(out / f"{booster}.{'model' if old else 'ubj'}")
    if not old:
        options = {"max_depth": 2, "multi_strategy": "multi_output_tree"}
        several = xgboost.XGBRegressor(n_estimators=1, **options)
        several.fit(X, np.c_[Y, Y]).save_model(out / "several.json")


def make_lightgbm(out: Path) -> None:
    import lightgbm

    few = {"objective": "binary", "num_leaves": 3, "min_data_in_leaf": 2, "verbose": -1}
    table = np.c_[X, np.arange(24) % 3]
    data = lightgbm.Dataset(table, Y, categorical_feature=[3], free_raw_data=False)
    lightgbm.train(few, data, 2).save_model(str(out / "model.txt"))
    data.save_binary(str(out / "data.bin"))


def make_orbax(out: Path) -> None:
    import orbax.checkpoint as ocp

    tree = {"w": np.arange(6.0).reshape(2, 3), "name": "x"}
    for name, options in (
        ("ocdbt", {}),
        ("zarr", {"use_ocdbt": False}),
        ("zarr3", {"use_ocdbt": False, "use_zarr3": True}),
    ):
        with tempfile.TemporaryDirectory() as path:
            with ocp.PyTreeCheckpointer(**options) as checkpointer:
                checkpointer.save(Path(path) / "made", tree)
            shutil.copytree(Path(path) / "made", out / name)
            (out / name / "commit_success.txt").unlink()  # it names the place it was made at


def make_vectors(out: Path) -> None:
    import fasttext

    lines = [f"__label__{n % 2} w{n % 300} w{n * 7 % 300} w{n * 13 % 300}" for n in range(600)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines))
        file.flush()
        model = fasttext.train_supervised(file.name, dim=2, epoch=1, bucket=10, minn=2, maxn=2)
        model.save_model(str(out / "model.bin"))
        model.quantize(input=file.name, qnorm=True)
        model.save_model(str(out / "model.ftz"))


def make_word2vec(out: Path) -> None:
    import gensim

    size = "size" if gensim.__version__ < "4" else "vector_size"
    words = [["good", "day", "é"]] * 9
    model = gensim.models.Word2Vec(words, min_count=1, workers=1, seed=1, **{size: 3})
    model.wv.save_word2vec_format(str(out / "vectors.bin"), binary=True)


MAKERS = {
    "catboost": make_catboost,
    "xgboost": make_xgboost,
    "xgboost-cpu": make_xgboost,
    "orbax-checkpoint": make_orbax,
    "fasttext-wheel": make_vectors,
    "gensim": make_word2vec,
    "lightgbm": make_lightgbm,
}

if __name__ == "__main__":
    for package in sys.argv[1:] or MAKERS:
        made = folder(package)
        if made is not None:
            MAKERS[package](made)
