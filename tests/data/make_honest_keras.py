"""Make the files of `tests/data/honest` that Keras and the packages on it save.

Run in throw-away environments, one of each generation; nothing here is loaded by the tests.

    pip install tensorflow-cpu==2.21.0 keras==3.15.1 scikeras
    pip install tensorflow-cpu==2.15.1 'scikeras<0.13'
    pip install tensorflow-cpu==2.10.1 scikeras==0.9.0 'numpy<1.24' 'protobuf<3.20'
    python make_honest_keras.py tests/data/honest
"""

from __future__ import annotations

from typing import Any

import joblib
import keras
import numpy as np
import tensorflow as tf
from honest_files import Makers, pickled

MAKERS = Makers(pickled(4), pickled(5), ("joblib", joblib.dump))
X = np.random.RandomState(0).rand(8, 2)
Y = np.array([0, 1] * 4)
VERSION = keras.__version__


def model() -> Any:
    """Return a small model that was trained for a step."""
    layers = [keras.Input((2,)), keras.layers.Dense(1, "relu")]
    made = keras.Sequential(layers)
    made.compile(optimizer="sgd", loss="mse")
    made.fit(X, Y, epochs=1, verbose=0)
    return made


@MAKERS.saved
def keras_models() -> dict[str, Any]:
    given = keras.Input((2,))
    functional = keras.Model(given, keras.layers.Dense(1)(given))
    return {f"{VERSION}-sequential": model(), f"{VERSION}-functional": functional}


@MAKERS.saved
def keras_parts() -> dict[str, Any]:
    functions = [
        keras.activations.relu,
        keras.activations.softmax,
        keras.losses.categorical_crossentropy,
        keras.metrics.binary_accuracy,
        tf.nn.relu,
    ]
    made = {
        "functions": functions,
        "layer": keras.layers.Dense(1),
        "optimizer": keras.optimizers.Adam(),
        "metric": keras.metrics.Mean(),
        "loss": keras.losses.Huber(),
        "initializer": keras.initializers.GlorotUniform(),
    }
    return {f"{VERSION}-{name}": value for name, value in made.items()}


@MAKERS.saved
def scikeras() -> dict[str, Any]:
    from scikeras.wrappers import KerasClassifier

    fitted = KerasClassifier(model(), epochs=1, verbose=0, loss="mse").fit(X, Y)
    return {f"{VERSION}-classifier": fitted}


if __name__ == "__main__":
    MAKERS.main()
