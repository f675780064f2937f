"""Make the files in `tests/data/honest`: small objects that real programs save.

Run with Python 3.13 and the versions the file names bear; nothing here is loaded by the tests.

    python make_honest.py tests/data/honest
"""

import datetime
import pickle
import sys
import zoneinfo
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import scipy.interpolate
import scipy.optimize
import scipy.signal
import scipy.spatial.transform
import torch
from sklearn.cluster import BisectingKMeans
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer

X = np.random.RandomState(0).rand(20, 3)
Y = np.array([0, 1] * 10)
FRAME = pd.DataFrame({"text": ["a", None, "c"], "tag": pd.Categorical(list("xyx")), "n": [1, 2, 3]})
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")

OBJECTS = {
    "std-zone": datetime.datetime(2024, 1, 1, tzinfo=BERLIN),
    "std-types": [type(None), type(...), type(NotImplemented)],
    "numpy-record": np.rec.array([(1, "a")], dtype=[("a", "i4"), ("b", "U3")]),
    "numpy-functions": [np.percentile, np.nanmedian, np.linalg.norm, np.add.reduce],
    "pandas-frame": FRAME,
    "pandas-zone": pd.date_range("2024", periods=3, tz="Europe/Berlin"),
    "pandas-periods": pd.Series(pd.period_range("2024", periods=3, freq="M")),
    "pandas-intervals": pd.cut(pd.Series([1, 2, 3]), 2),
    "pandas-sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "pandas-offset": pd.DateOffset(months=1),
    "scipy-interp1d": scipy.interpolate.interp1d(np.arange(5.0), np.arange(5.0) ** 2),
    "scipy-spline": scipy.interpolate.make_interp_spline(np.arange(5.0), np.arange(5.0) ** 2),
    "scipy-system": scipy.signal.lti([1], [1, 2]),
    "scipy-rotation": scipy.spatial.transform.RigidTransform.identity(),
    "scipy-result": scipy.optimize.root_scalar(np.sin, bracket=[-1, 1.5]),
    "sklearn-split": CountVectorizer(tokenizer=str.split, preprocessor=str.lower),
    "sklearn-mutual": SelectKBest(mutual_info_classif, k=2).fit(X, Y),
    "sklearn-scorer": make_scorer(roc_auc_score),
    "sklearn-bisecting": BisectingKMeans(2).fit(X),
    "sklearn-boosting": GradientBoostingClassifier(n_estimators=1).fit(X, Y),
    "sklearn-neighbours": KNeighborsClassifier(metric="minkowski").fit(X, Y),
    "sklearn-dummies": FunctionTransformer(pd.get_dummies),
    "torch-lazy": torch.nn.LazyLinear(2),
    "torch-function": [torch.relu, torch.nn.functional.gelu],
    "torch-result": torch.max(torch.zeros(2, 2), 0),
    "torch-schedule": torch.optim.lr_scheduler.CyclicLR(
        torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1), 0.1, 0.2
    ).state_dict(),
}


def main(folder: Path) -> None:
    """Write every object by the picklers that programs use."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in OBJECTS.items():
        for protocol in (2, 5):
            (folder / f"{name}.p{protocol}.pkl").write_bytes(pickle.dumps(made, protocol))
        if name.startswith("sklearn"):
            joblib.dump(made, folder / f"{name}.joblib", compress=3)
    # The first name of this archive has 30 bytes: an end record and its zip64 kin lie as far apart.
    torch.save({"a": torch.zeros(2)}, folder / "twenty-one-characters.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
