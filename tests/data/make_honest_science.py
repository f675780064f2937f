"""Make the files of `tests/data/honest` that packages for science, survey and language save.

Run in a throw-away environment; a package that is not installed is named and left out. Nothing
here is loaded by the tests.

    pip install numpy scipy pandas scikit-learn joblib xarray polars geopandas scikit-survival ...
    python make_honest_science.py tests/data/honest [PACKAGE ...]
"""

from __future__ import annotations

from functools import partial
from typing import Any

import joblib
import numpy as np
import pandas as pd
from honest_files import Makers, pickled

RANDOM = np.random.RandomState(0)
X = RANDOM.rand(40, 3)
Y = np.array([0, 1] * 20)
LINE = np.linspace(0, 1, 40)
MAKERS = Makers(pickled(2), pickled(4), ("joblib", partial(joblib.dump, compress=3)))
saved = MAKERS.saved


@saved
def xarray() -> dict[str, Any]:
    import xarray as xr

    days = pd.date_range("2024", periods=2)
    array = xr.DataArray(X[:2], dims=("t", "x"), coords={"t": days}, attrs={"unit": "m"})
    return {"array": array, "set": xr.Dataset({"a": array, "b": ("t", [1, 2])})}


@saved
def polars() -> dict[str, Any]:
    import polars as pl

    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None], "c": [[1], [2, 3]]})
    return {"frame": frame, "series": frame["b"], "plan": [pl.Int64, pl.Schema({"a": pl.Int8})]}


@saved
def geopandas() -> dict[str, Any]:
    import geopandas as gp
    from shapely.geometry import Point, Polygon

    shapes = [Point(0, 1), Polygon([(0, 0), (1, 0), (1, 1)])]
    return {"frame": gp.GeoDataFrame({"a": [1, 2]}, geometry=shapes, crs="EPSG:4326")}


@saved
def shapely() -> dict[str, Any]:
    from shapely import affinity, geometry

    line = geometry.LineString([(0, 0), (1, 2)])
    return {
        "shapes": [line, line.buffer(1), affinity.scale(line, 2), geometry.MultiPoint([(1, 2)])]
    }


@saved
def skimage() -> dict[str, Any]:
    from skimage import feature, transform

    moved = transform.estimate_transform("affine", X[:4, :2], X[4:8, :2])
    bent = transform.PiecewiseAffineTransform()
    bent.estimate(X[:6, :2], X[6:12, :2])
    return {"transforms": [moved, transform.SimilarityTransform(scale=2), feature.ORB()]}


@saved
def patsy() -> dict[str, Any]:
    from patsy import ModelDesc, Term, dmatrix

    design = dmatrix("np.log(a + 1) + C(g)", {"a": LINE[:4], "g": list("uvuv")})
    return {"design": [ModelDesc.from_formula("y ~ a"), Term([])], "matrix": np.asarray(design)}


@saved
def formulaic() -> dict[str, Any]:
    from formulaic import Formula, model_matrix

    frame = pd.DataFrame({"a": LINE[:4], "g": list("uvuv")})
    return {"spec": model_matrix("a + C(g)", frame).model_spec, "formula": Formula("y ~ a")}


@saved
def gplearn() -> dict[str, Any]:
    from gplearn.genetic import SymbolicRegressor, SymbolicTransformer

    small = {"population_size": 10, "generations": 1, "random_state": 0}
    grown = SymbolicTransformer(hall_of_fame=5, n_components=2, **small)
    return {"regressor": SymbolicRegressor(**small).fit(X, LINE), "transformer": grown.fit(X, LINE)}


@saved
def imodels() -> dict[str, Any]:
    from imodels import FIGSClassifier, GreedyRuleListClassifier, RuleFitRegressor

    return {
        "figs": FIGSClassifier(max_rules=2).fit(X, Y),
        "list": GreedyRuleListClassifier(max_depth=2).fit(X, Y),
        "fit": RuleFitRegressor(max_rules=3, random_state=0).fit(X, LINE),
    }


@saved
def pmdarima() -> dict[str, Any]:
    from pmdarima import ARIMA, pipeline, preprocessing

    model = pipeline.Pipeline(
        [("box", preprocessing.BoxCoxEndogTransformer()), ("arima", ARIMA((1, 0, 0)))]
    )
    return {"pipeline": model.fit(LINE + 1)}


@saved
def sklearn_crfsuite() -> dict[str, Any]:
    from sklearn_crfsuite import CRF

    words = [[{"w": "a"}, {"w": "b"}], [{"w": "c"}]]
    return {"model": CRF(max_iterations=2).fit(words, [["X", "Y"], ["X"]])}


@saved
def skopt() -> dict[str, Any]:
    from skopt import gp_minimize
    from skopt.space import Categorical, Integer, Real, Space

    space = Space([Real(0, 1), Integer(1, 3), Categorical("ab")])
    found = gp_minimize(
        sum, [(0.0, 1.0), (0.0, 1.0)], n_calls=3, n_initial_points=2, random_state=0
    )
    del found.specs, found.models[1:]
    return {"space": space, "result": found}


@saved
def sortedcontainers() -> dict[str, Any]:
    from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet

    return {"parts": [SortedDict(a=1), SortedList([2, 1]), SortedSet([1]), SortedKeyList([1], abs)]}


@saved
def bidict() -> dict[str, Any]:
    from bidict import OrderedBidict, bidict, frozenbidict

    return {"maps": [bidict(a=1), OrderedBidict(b=2), frozenbidict(c=3)]}


@saved
def yacs() -> dict[str, Any]:
    from yacs.config import CfgNode

    return {"settings": CfgNode({"MODEL": {"DEPTH": 2}, "NAMES": ("a",)})}


@saved
def arch() -> dict[str, Any]:
    from arch import arch_model

    model = arch_model(RANDOM.rand(60), rescale=False)
    return {"model": model, "result": model.fit(disp="off")}


@saved
def emcee() -> dict[str, Any]:
    from emcee import State
    from emcee.moves import DEMove, StretchMove

    return {"parts": [State(X), StretchMove(), DEMove()]}


@saved
def fairlearn() -> dict[str, Any]:
    from fairlearn.postprocessing import ThresholdOptimizer
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient
    from sklearn.linear_model import LogisticRegression

    groups = np.array([0, 0, 1, 1] * 10)
    shifted = ThresholdOptimizer(estimator=LogisticRegression(), predict_method="predict")
    reduced = ExponentiatedGradient(LogisticRegression(), DemographicParity(), max_iter=2)
    return {
        "optimizer": shifted.fit(X, Y, sensitive_features=groups),
        "reduced": reduced.fit(X, Y, sensitive_features=groups),
    }


@saved
def mapie() -> dict[str, Any]:
    from mapie.classification import SplitConformalClassifier
    from mapie.regression import CrossConformalRegressor, SplitConformalRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression

    line = SplitConformalRegressor(LinearRegression(), prefit=False).fit(X, LINE)
    kinds = SplitConformalClassifier(LogisticRegression(), prefit=False).fit(X, Y)
    cross = CrossConformalRegressor(LinearRegression(), cv=2)
    return {
        "split": line.conformalize(X, LINE),
        "classes": kinds.conformalize(X, Y),
        "cross": cross.fit_conformalize(X, LINE),
    }


@saved
def mord() -> dict[str, Any]:
    from mord import LogisticAT, OrdinalRidge

    return {"models": [LogisticAT().fit(X, Y), OrdinalRidge().fit(X, Y)]}


@saved
def skmultilearn() -> dict[str, Any]:
    from sklearn.naive_bayes import GaussianNB
    from skmultilearn.adapt import MLkNN
    from skmultilearn.problem_transform import BinaryRelevance, ClassifierChain, LabelPowerset

    both = np.stack([Y, 1 - Y], 1)
    kinds = [
        BinaryRelevance(GaussianNB()),
        ClassifierChain(GaussianNB()),
        LabelPowerset(GaussianNB()),
    ]
    return {"models": [model.fit(X, both) for model in kinds], "near": MLkNN(k=2)}


@saved
def mpmath() -> dict[str, Any]:
    import mpmath as mp

    return {"numbers": [mp.mpf("0.1"), mp.mpc(1, 2), mp.matrix([[1, 2]]), mp.iv.mpf(1)]}


@saved
def ml_dtypes() -> dict[str, Any]:
    import ml_dtypes as kinds

    wanted = (kinds.bfloat16, kinds.float8_e4m3fn, kinds.int4)
    return {"arrays": [np.ones(2).astype(kind) for kind in wanted], "types": list(wanted)}


@saved
def sksurv() -> dict[str, Any]:
    from sksurv.ensemble import GradientBoostingSurvivalAnalysis, RandomSurvivalForest
    from sksurv.linear_model import CoxnetSurvivalAnalysis, CoxPHSurvivalAnalysis
    from sksurv.svm import FastSurvivalSVM
    from sksurv.util import Surv

    lives = Surv.from_arrays(Y.astype(bool), LINE + 0.1)
    models = {
        "cox": CoxPHSurvivalAnalysis(),
        "net": CoxnetSurvivalAnalysis(n_alphas=2),
        "forest": RandomSurvivalForest(n_estimators=2, random_state=0),
        "boosted": GradientBoostingSurvivalAnalysis(n_estimators=2),
        "svm": FastSurvivalSVM(max_iter=2),
    }
    return {name: model.fit(X, lives) for name, model in models.items()}


@saved
def pynndescent() -> dict[str, Any]:
    from pynndescent import NNDescent, PyNNDescentTransformer

    index = NNDescent(X, n_neighbors=4, random_state=0)
    index.prepare()
    return {"index": index, "transformer": PyNNDescentTransformer(n_neighbors=3).fit(X)}


@saved
def econml() -> dict[str, Any]:
    from econml.dml import LinearDML
    from econml.metalearners import TLearner
    from sklearn.linear_model import LinearRegression

    taught = TLearner(models=LinearRegression())
    return {
        "dml": LinearDML(model_y=LinearRegression(), model_t=LinearRegression()).fit(LINE, Y, X=X),
        "learner": taught.fit(LINE, Y, X=X),
    }


@saved
def tsfresh() -> dict[str, Any]:
    from tsfresh.feature_extraction.settings import MinimalFCParameters
    from tsfresh.transformers import FeatureSelector, RelevantFeatureAugmenter

    found = FeatureSelector(n_jobs=0).fit(pd.DataFrame({"a": Y, "b": LINE}), pd.Series(Y))
    return {"parts": [found, MinimalFCParameters(), RelevantFeatureAugmenter()]}


@saved
def skforecast() -> dict[str, Any]:
    from skforecast.recursive import ForecasterRecursive
    from sklearn.linear_model import Ridge

    made = ForecasterRecursive(Ridge(), lags=3)
    made.fit(pd.Series(LINE))
    return {"forecaster": made}


@saved
def bayes_opt() -> dict[str, Any]:
    from bayes_opt import BayesianOptimization

    found = BayesianOptimization(None, {"a": (0, 1)}, random_state=0, verbose=0)
    found.register({"a": 0.5}, 1.0)
    return {"optimizer": found}


@saved
def cvxpy() -> dict[str, Any]:
    import cvxpy as cp

    x = cp.Variable(2)
    return {"problem": cp.Problem(cp.Minimize(cp.sum_squares(x - 1)), [x >= 0])}


if __name__ == "__main__":
    MAKERS.main()
