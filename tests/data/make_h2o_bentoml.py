"""Write the samples of H2O and BentoML below the folder that is given.

pip install h2o bentoml scikit-learn; python make_h2o_bentoml.py tests/data    (H2O wants Java)
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path


def write_h2o(folder: Path) -> None:
    import h2o
    from h2o.estimators import H2OGeneralizedLinearEstimator, H2OGradientBoostingEstimator

    folder = folder / f"h2o-{h2o.__version__}"
    folder.mkdir(exist_ok=True)
    h2o.init(max_mem_size="1g", nthreads=1)
    rows = [[i, "ab"[i % 2], float(i % 3)] for i in range(60)]
    frame = h2o.H2OFrame(
        rows, column_names=["x", "c", "y"], column_types=["numeric", "enum", "numeric"]
    )
    for name, estimator in (
        ("gbm", H2OGradientBoostingEstimator(ntrees=2, max_depth=2, min_rows=1)),
        ("glm", H2OGeneralizedLinearEstimator()),
    ):
        estimator.train(x=["x", "c"], y="y", training_frame=frame)
        shutil.move(estimator.download_mojo(tempfile.mkdtemp()), folder / f"{name}.zip")
    h2o.cluster().shutdown()


def write_bento(folder: Path) -> None:
    os.environ["BENTOML_HOME"] = tempfile.mkdtemp()
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    import bentoml
    from sklearn.linear_model import LinearRegression

    folder = folder / f"bentoml-{bentoml.__version__}"
    folder.mkdir(exist_ok=True)
    model = bentoml.sklearn.save_model("m", LinearRegression().fit([[0], [1]], [0, 1]))
    shutil.copy(model.path_of("model.yaml"), folder / "model.yaml")
    bentoml.models.export_model(model.tag, str(folder / "m.bentomodel"))


for write in (write_bento, write_h2o):
    try:
        write(Path(sys.argv[1]).resolve())
    except ImportError as error:
        print(error)
