"""Make the files of `tests/data/honest` that packages for tables, text and statistics save.

Run with Python 3.11 in a throw-away environment; a package that is not installed is named and left
out. Nothing here is loaded by the tests.

    pip install numpy scipy pandas scikit-learn joblib dill cloudpickle statsmodels ...
    python make_honest_tabular.py tests/data/honest [PACKAGE ...]
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
import pandas as pd
from honest_files import Makers, pickled

X = np.random.RandomState(0).rand(24, 3)
Y = np.array([0, 1] * 12)
R = X[:, 0] + Y
FRAME = pd.DataFrame(X, columns=list("abc")).assign(g=list("uvw") * 8, y=R, k=Y)
DAYS = pd.date_range("2024", periods=24)
MAKERS = Makers(pickled(2), pickled(5), ("joblib", joblib.dump))
saved = MAKERS.saved


@saved
def numpy() -> dict[str, Any]:
    numbers = bytes.fromhex("80041923837ad63f620a0affa44ae0bf620a0affa44ae0bf05019e757487f03f")
    return {
        "strings": np.array(["a", "bb"], np.dtypes.StringDType()),
        "like-a-pickle": np.frombuffer(numbers, "f8"),
        "method": np.ones(2).sum,
        "mapped": np.ones(2).view(np.memmap),
    }


@saved
def xgboost() -> dict[str, Any]:
    import xgboost as xgb

    model = xgb.XGBClassifier(n_estimators=2, max_depth=2).fit(X, Y)
    return {"classifier": model, "booster": model.get_booster(), "new": xgb.XGBRegressor()}


@saved
def lightgbm() -> dict[str, Any]:
    import lightgbm as lgb

    few = {"n_estimators": 2, "min_child_samples": 2, "verbose": -1}
    model = lgb.LGBMClassifier(**few).fit(FRAME[["a", "b"]], Y)
    return {"classifier": model, "booster": model.booster_}


@saved
def catboost() -> dict[str, Any]:
    from catboost import CatBoostClassifier, CatBoostRegressor

    few = {"iterations": 2, "depth": 2, "verbose": 0, "allow_writing_files": False}
    return {"classifier": CatBoostClassifier(**few).fit(X, Y), "new": CatBoostRegressor(**few)}


@saved
def statsmodels() -> dict[str, Any]:
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    return {
        "ols": sm.OLS(R, sm.add_constant(X[:, 1:])).fit(),
        "formula": smf.ols("y ~ a + C(g) + np.log(b + 1) + I(c**2)", FRAME).fit(),
        "glm": smf.glm("k ~ a", FRAME, family=sm.families.Binomial()).fit(),
        "mixed": smf.mixedlm("y ~ a", FRAME, groups=FRAME.g).fit(),
        "arima": sm.tsa.ARIMA(pd.Series(R, index=DAYS), order=(1, 0, 0)).fit(),
        "holt": sm.tsa.Holt(R, initialization_method="estimated").fit(),
    }


@saved
def scipy() -> dict[str, Any]:
    from scipy import stats

    return {
        "frozen": [stats.norm(0, 2), stats.gamma(2.0), stats.binom(3, 0.5), stats.uniform(0.1, 1)],
        "histogram": stats.rv_histogram(np.histogram(R, bins=3)),
        "kde": stats.gaussian_kde(R),
        "tests": [stats.linregress(R, X[:, 0]), stats.kstest(R, "norm")],
    }


@saved
def imblearn() -> dict[str, Any]:
    from imblearn.ensemble import BalancedRandomForestClassifier
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline

    steps = [("over", SMOTE(k_neighbors=2)), ("forest", BalancedRandomForestClassifier(2))]
    return {"pipeline": Pipeline(steps).fit(X[:20], Y[:20])}


@saved
def category_encoders() -> dict[str, Any]:
    import category_encoders as ce

    kinds = (
        ce.TargetEncoder,
        ce.OrdinalEncoder,
        ce.OneHotEncoder,
        ce.WOEEncoder,
        ce.HashingEncoder,
    )
    return {kind.__name__: kind(cols=["g"]).fit(FRAME[["a", "g"]], Y) for kind in kinds}


@saved
def feature_engine() -> dict[str, Any]:
    from feature_engine.discretisation import EqualFrequencyDiscretiser
    from feature_engine.encoding import RareLabelEncoder
    from feature_engine.imputation import MeanMedianImputer
    from feature_engine.outliers import Winsorizer

    table = FRAME[["a", "b", "g"]]
    return {
        "discretiser": EqualFrequencyDiscretiser(q=3).fit(table),
        "encoder": RareLabelEncoder(n_categories=2).fit(table),
        "imputer": MeanMedianImputer().fit(table),
        "winsorizer": Winsorizer().fit(table),
    }


@saved
def hmmlearn() -> dict[str, Any]:
    from hmmlearn.hmm import CategoricalHMM, GaussianHMM

    return {"gaussian": GaussianHMM(2).fit(X), "categorical": CategoricalHMM(2).fit(Y[:, None])}


@saved
def sklearn_pandas() -> dict[str, Any]:
    from sklearn.preprocessing import LabelBinarizer, StandardScaler
    from sklearn_pandas import DataFrameMapper

    steps = [(["a"], StandardScaler()), ("g", LabelBinarizer())]
    return {"mapper": DataFrameMapper(steps).fit(FRAME)}


@saved
def sklearn2pmml() -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn2pmml.decoration import ContinuousDomain
    from sklearn2pmml.pipeline import PMMLPipeline

    steps = [("domain", ContinuousDomain()), ("model", LogisticRegression())]
    return {"pipeline": PMMLPipeline(steps).fit(FRAME[["a", "b"]], FRAME.k)}


@saved
def mlxtend() -> dict[str, Any]:
    from mlxtend.classifier import EnsembleVoteClassifier, StackingClassifier
    from mlxtend.feature_selection import SequentialFeatureSelector
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB

    pair = [LogisticRegression(), GaussianNB()]
    return {
        "vote": EnsembleVoteClassifier(pair).fit(X, Y),
        "stack": StackingClassifier(pair, meta_classifier=GaussianNB()).fit(X, Y),
        "select": SequentialFeatureSelector(GaussianNB(), k_features=1, cv=2).fit(X, Y),
    }


@saved
def sklego() -> dict[str, Any]:
    from sklearn.linear_model import LinearRegression
    from sklego.linear_model import LADRegression
    from sklego.meta import GroupedPredictor
    from sklego.preprocessing import ColumnSelector

    return {
        "grouped": GroupedPredictor(LinearRegression(), groups=["g"]).fit(FRAME[["a", "g"]], R),
        "absolute": LADRegression().fit(X, R),
        "columns": ColumnSelector(["a"]).fit(FRAME),
    }


@saved
def ngboost() -> dict[str, Any]:
    from ngboost import NGBClassifier, NGBRegressor

    few = {"n_estimators": 2, "verbose": False}
    return {
        "regressor": NGBRegressor(**few).fit(X, R),
        "classifier": NGBClassifier(**few).fit(X, Y),
    }


@saved
def gensim() -> dict[str, Any]:
    from gensim.corpora import Dictionary
    from gensim.models import FastText, KeyedVectors, LdaModel, Phrases, TfidfModel, Word2Vec

    texts = [["a", "b", "c"], ["b", "c", "d"]] * 3
    words = Dictionary(texts)
    bags = [words.doc2bow(text) for text in texts]
    vectors = KeyedVectors(2)
    vectors.add_vectors(["a", "b"], np.ones((2, 2), "f4"))
    return {
        "word2vec": Word2Vec(texts, vector_size=2, min_count=1, epochs=1),
        "fasttext": FastText(texts, vector_size=2, min_count=1, epochs=1, bucket=4),
        "lda": LdaModel(bags, num_topics=2, id2word=words),
        "tfidf": TfidfModel(bags),
        "phrases": Phrases(texts, min_count=1),
        "vectors": vectors,
    }


@saved
def nltk() -> dict[str, Any]:
    from nltk import NaiveBayesClassifier, PorterStemmer
    from nltk.tag import DefaultTagger, UnigramTagger
    from nltk.tokenize import RegexpTokenizer
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    sentences = [[("a", "DT"), ("dog", "NN")]]
    return {
        "bayes": NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 0}, "y")]),
        "punkt": PunktSentenceTokenizer("A dog. Dr. Who is here. A cat."),
        "tagger": UnigramTagger(sentences, backoff=DefaultTagger("NN")),
        "tools": [PorterStemmer(), RegexpTokenizer(r"\w+")],
    }


@saved
def spacy() -> dict[str, Any]:
    import spacy as sp
    from spacy.tokens import DocBin

    nlp = sp.blank("en")
    nlp.add_pipe("sentencizer")
    doc = nlp("A dog. A cat.")
    return {"bytes": DocBin(docs=[doc]).to_bytes()}


@saved
def sktime() -> dict[str, Any]:
    from sklearn.linear_model import LinearRegression
    from sktime.forecasting.compose import make_reduction
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.forecasting.trend import PolynomialTrendForecaster
    from sktime.transformations.series.detrend import Detrender

    series = pd.Series(R, index=DAYS.to_period("D"))
    return {
        "naive": NaiveForecaster().fit(series, fh=[1]),
        "trend": PolynomialTrendForecaster().fit(series, fh=[1]),
        "reduced": make_reduction(LinearRegression(), window_length=3).fit(series, fh=[1]),
        "detrended": Detrender().fit(series),
    }


@saved
def prophet() -> dict[str, Any]:
    from prophet import Prophet

    model = Prophet(n_changepoints=1, weekly_seasonality=False)
    return {"new": Prophet(), "fitted": model.fit(pd.DataFrame({"ds": DAYS, "y": R}))}


@saved
def optbinning() -> dict[str, Any]:
    from optbinning import OptimalBinning

    return {"binning": OptimalBinning(solver="mip").fit(FRAME.a, FRAME.k)}


@saved
def umap() -> dict[str, Any]:
    from umap import UMAP

    return {"umap": UMAP(n_neighbors=3, n_epochs=2, init="random").fit(X)}


@saved
def hdbscan() -> dict[str, Any]:
    from hdbscan import HDBSCAN

    return {"hdbscan": HDBSCAN(min_cluster_size=2, prediction_data=True).fit(X)}


@saved
def optuna() -> dict[str, Any]:
    import optuna as opt

    opt.logging.set_verbosity(opt.logging.WARNING)
    study = opt.create_study(sampler=opt.samplers.TPESampler(seed=0))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    return {"study": study, "sampler": opt.samplers.TPESampler(seed=0), "trials": study.trials}


@saved
def hyperopt() -> dict[str, Any]:
    from hyperopt import Trials, fmin, hp, tpe

    trials = Trials()
    fmin(lambda x: x, hp.uniform("x", 0, 1), tpe.suggest, 2, trials=trials, show_progressbar=False)
    return {"trials": trials}


@saved
def skopt() -> dict[str, Any]:
    from skopt import gp_minimize
    from skopt.space import Categorical, Integer, Real

    result = gp_minimize(sum, [(0.0, 1.0)], n_calls=3, n_initial_points=2)
    result.specs["args"].pop("func", None)
    return {"result": result, "space": [Real(0, 1), Integer(0, 3), Categorical(["a", "b"])]}


@saved
def implicit() -> dict[str, Any]:
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from scipy.sparse import csr_matrix

    table = csr_matrix((X > 0.5).astype("f4"))
    models = (
        AlternatingLeastSquares(2, iterations=1),
        BayesianPersonalizedRanking(2, iterations=1),
    )
    for model in models:
        model.fit(table, show_progress=False)
    return {"als": models[0], "bpr": models[1]}


@saved
def river() -> dict[str, Any]:
    from river import compose, linear_model, preprocessing, tree

    model = compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    grown = tree.HoeffdingTreeClassifier()
    for row, label in zip(FRAME[["a", "b"]].to_dict("records"), Y, strict=True):
        model.learn_one(row, bool(label))
        grown.learn_one(row, bool(label))
    return {"pipeline": model, "tree": grown}


@saved
def interpret() -> dict[str, Any]:
    from interpret.glassbox import ExplainableBoostingClassifier

    few = {"max_rounds": 2, "outer_bags": 1, "interactions": 0, "n_jobs": 1, "max_bins": 4}
    return {"boosting": ExplainableBoostingClassifier(**few).fit(X, Y)}


@saved
def shap() -> dict[str, Any]:
    import shap as sh
    from sklearn.tree import DecisionTreeClassifier

    explainer = sh.TreeExplainer(DecisionTreeClassifier(max_depth=2).fit(X, Y))
    return {"explanation": explainer(X[:2]), "explainer": explainer}


@saved
def lime() -> dict[str, Any]:
    from lime.lime_tabular import LimeTabularExplainer

    explainer = LimeTabularExplainer(X, discretize_continuous=False)
    from sklearn.naive_bayes import GaussianNB

    explained = explainer.explain_instance(X[0], GaussianNB().fit(X, Y).predict_proba)
    return {"explanation": explained.as_list(), "local": explained.local_exp}


@saved
def networkx() -> dict[str, Any]:
    import networkx as nx

    return {"graphs": [nx.path_graph(3), nx.DiGraph([(0, 1)]), nx.MultiGraph([(0, 1), (0, 1)])]}


@saved
def sympy() -> dict[str, Any]:
    import sympy as sp

    x, y = sp.symbols("x y")
    made = sp.sin(x) ** 2 + sp.Rational(1, 3) * y + sp.pi
    return {"expression": made, "matrix": sp.Matrix([[x, 1], [0, y]]), "equation": sp.Eq(x, y)}


@saved
def pyarrow() -> dict[str, Any]:
    import pyarrow as pa

    table = pa.table({"a": [1, 2, None], "b": ["x", "y", None]})
    return {"table": table, "schema": table.schema, "array": pa.array([1.5, None])}


@saved
def omegaconf() -> dict[str, Any]:
    from omegaconf import OmegaConf

    return {
        "config": OmegaConf.create(
            {"model": {"size": 2, "name": "a"}, "list": [1, "${model.size}"]}
        )
    }


@saved
def skops() -> dict[str, Any]:
    import skops.io as sio
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import TargetEncoder

    models = {"logistic": LogisticRegression(), "target": TargetEncoder()}
    return {f"{name}.skops": sio.dumps(model.fit(X, Y)) for name, model in models.items()}


@saved
def dill() -> dict[str, Any]:
    import dill as dl
    from sklearn.linear_model import Ridge

    made = [range(3), {"a": 1}, X[:2], FRAME[:2], Ridge().fit(X, R), np.float32, len, np.add]
    return {"objects": dl.dumps(made)}


@saved
def cloudpickle() -> dict[str, Any]:
    import cloudpickle as cp
    from sklearn.linear_model import Ridge

    return {"objects": cp.dumps([range(3), X[:2], FRAME[:2], Ridge().fit(X, R), np.float32, len])}


@saved
def lifelines() -> dict[str, Any]:
    from lifelines import CoxPHFitter, KaplanMeierFitter

    table = FRAME[["a", "b", "y", "k"]]
    return {
        "cox": CoxPHFitter(penalizer=0.1).fit(table, duration_col="y", event_col="k"),
        "kaplan": KaplanMeierFitter().fit(R, Y),
    }


@saved
def kmodes() -> dict[str, Any]:
    from kmodes.kmodes import KModes

    return {"modes": KModes(2, n_init=1, random_state=0).fit(FRAME[["g", "k"]].astype(str))}


@saved
def tslearn() -> dict[str, Any]:
    from tslearn.clustering import TimeSeriesKMeans
    from tslearn.preprocessing import TimeSeriesScalerMeanVariance

    clusters = TimeSeriesKMeans(2, max_iter=2, random_state=0).fit(X[:6])
    return {"clusters": clusters, "scaler": TimeSeriesScalerMeanVariance().fit(X[:6])}


@saved
def pygam() -> dict[str, Any]:
    from pygam import LinearGAM, s

    return {"gam": LinearGAM(s(0, n_splines=5)).fit(X[:, :1], R)}


@saved
def hydra() -> dict[str, Any]:
    from hydra.core.config_store import ConfigNode
    from hydra.core.default_element import InputDefault
    from hydra.types import RunMode

    node = ConfigNode("config.yaml", {"lr": 0.1}, None, None, "here")
    return {"parts": {"node": node, "mode": RunMode.RUN, "kind": InputDefault}}


@saved
def surprise() -> dict[str, Any]:
    from surprise import SVD, Dataset, KNNBasic, Reader

    ratings = pd.DataFrame({"user": list("ab") * 4, "item": list("uvwxuvwx"), "rating": [1, 2] * 4})
    data = Dataset.load_from_df(ratings, Reader(rating_scale=(1, 2))).build_full_trainset()
    predictor = SVD(n_factors=2, n_epochs=1).fit(data)
    kept = {"predictions": predictor.test(data.build_testset()), "algo": predictor}
    return {"dumped": kept, "neighbours": KNNBasic(verbose=False).fit(data)}


@saved
def tpot() -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from tpot.builtin_modules import ColumnOneHotEncoder, Passthrough, ZeroCount

    steps = make_pipeline(ZeroCount(), Passthrough(), LogisticRegression())
    return {"pipeline": steps.fit(X, Y), "encoder": ColumnOneHotEncoder().fit(FRAME[["g"]])}


@saved
def mlflow() -> dict[str, Any]:
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.sklearn import save_model
    from sklearn.linear_model import Ridge

    signature: ModelSignature = infer_signature(FRAME[["a"]], R)
    with TemporaryDirectory() as folder:
        save_model(Ridge().fit(X, R), Path(folder) / "model", serialization_format="cloudpickle")
        model = (Path(folder) / "model" / "model.pkl").read_bytes()
    return {"signature": signature, "model.pkl": model}


@saved
def pycaret() -> dict[str, Any]:
    from pycaret.classification import ClassificationExperiment

    frame = pd.DataFrame(np.random.RandomState(0).rand(60, 2), columns=["a", "b"])
    frame["g"], frame["k"] = list("uvw") * 20, [0, 1] * 30
    experiment = ClassificationExperiment()
    experiment.setup(frame, target="k", session_id=0, verbose=False, html=False)
    fitted = experiment.create_model("lr", verbose=False)
    with TemporaryDirectory() as folder:
        experiment.save_model(fitted, f"{folder}/model", verbose=False)
        return {"saved.pkl": Path(f"{folder}/model.pkl").read_bytes()}


@saved
def lightfm() -> dict[str, Any]:
    import scipy.sparse as sp
    from lightfm import LightFM

    return {"model": LightFM(no_components=2).fit(sp.coo_matrix(np.eye(3)))}


@saved
def tensorflow() -> dict[str, Any]:
    import tensorflow as tf

    tensors = {
        "weights": tf.constant(X[:2]),
        "kind": tf.float32,
        "shape": tf.TensorShape([None, 3]),
    }
    return {"tensors": tensors}


if __name__ == "__main__":
    MAKERS.main()
