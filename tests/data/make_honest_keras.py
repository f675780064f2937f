"""Make the files of `tests/data/honest` that Keras and the packages on it save.

Run in throw-away environments, one of each generation; nothing here is loaded by the tests.

    pip install tensorflow-cpu==2.21.0 keras==3.15.1 scikeras
    pip install tensorflow-cpu==2.15.1 'scikeras<0.13'
    pip install tensorflow-cpu==2.10.1 scikeras==0.9.0 'numpy<1.24' 'protobuf<3.20'
    python make_honest_keras.py tests/data/honest
"""

from __future__ import annotations

import tempfile
from pathlib import Path
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


@MAKERS.saved
def keras_words() -> dict[str, Any]:
    """Addresses and paths are words like others where a vocabulary holds them."""
    words = ["see", "https://example.org/a", "/etc/hosts", "c:\\x"]
    given = keras.Input((1,), dtype="string")
    layer = keras.layers.TextVectorization(vocabulary=words, output_sequence_length=4)
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("words.keras", "words.h5"):
            keras.Model(given, layer(given)).save(Path(folder, name))
            made[f"{VERSION}-{name}"] = Path(folder, name).read_bytes()
    return made


@MAKERS.saved
def tensorflow_training() -> dict[str, Any]:
    """Return the graph of a training, whose slots are filled by shapes in bytes."""
    old = tf.compat.v1
    with tf.Graph().as_default() as graph:
        weights = old.get_variable("w", [200, 50], use_resource=False)
        old.train.AdamOptimizer().minimize(tf.reduce_sum(weights**2))
        old.train.Saver()
        meta = old.train.export_meta_graph(graph=graph)
    return {f"{tf.__version__}-adam.meta": meta.SerializeToString()}


if __name__ == "__main__":
    MAKERS.main()
