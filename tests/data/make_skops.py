"""Make the samples that skops writes, in a folder named after its version, beside this file.

Run in throw-away environments on Python 3.11, once with each of

    pip install skops==0.10.0 scikit-learn==1.5.2 numpy==1.26.4
    pip install skops==0.16.0 scikit-learn==1.9.1 numpy==2.4.6
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from zipfile import ZIP_DEFLATED

import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler


def main() -> None:
    folder = Path(__file__).parent / f"skops-{version('skops')}"
    folder.mkdir(exist_ok=True)
    random = np.random.RandomState(0)
    x, y = random.rand(12, 3), np.arange(12) % 2
    columns = ColumnTransformer([("a", StandardScaler(), [0]), ("b", OneHotEncoder(), [1])])
    logarithm = FunctionTransformer(np.log1p)
    models = {
        "pipeline": make_pipeline(logarithm, StandardScaler(), LogisticRegression()).fit(x, y),
        "columns": columns.fit((x * 3).astype(int)),
        "forest": RandomForestClassifier(n_estimators=1, max_depth=2, random_state=0).fit(x, y),
        "values": {"a": [1, 2.5, None, True], "b": (b"x", bytearray(b"y"), slice(1, 2)), "c": {1}},
        "calls": {"p": partial(np.sum, axis=0), "i": itemgetter(1), "t": np.float32, "r": random},
    }
    for name, model in models.items():
        try:
            skops.io.dump(
                model, folder / f"{name}.skops", compression=ZIP_DEFLATED, compresslevel=9
            )
        except Exception as error:  # an old version cannot write all of them
            print(name, repr(error))


if __name__ == "__main__":
    main()
