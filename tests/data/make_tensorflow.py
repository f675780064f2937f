"""Make small files with the installed TensorFlow, in a folder named after its version.

Run it in an environment of its own, on Python 3.11, once with tensorflow-cpu==2.15.1 (which has
Keras 2) and once with 2.21.0: python tests/data/make_tensorflow.py tests/data
"""

from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf


class Words(tf.Module):
    """A table filled from an asset, a variable, and a call that goes by both."""

    def __init__(self, vocabulary: str) -> None:
        super().__init__()
        index = tf.lookup.TextFileIndex
        first = tf.lookup.TextFileInitializer(
            vocabulary, tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER
        )
        self.table = tf.lookup.StaticHashTable(first, -1)
        self.weight = tf.Variable([[1.0, 2.0], [3.0, 4.0]])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, words: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"rows": tf.gather(self.weight, self.table.lookup(words))}


def branch(x: tf.Tensor) -> tf.Tensor:
    """A choice and a loop, both of functions."""
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: x * 2, lambda: x)
    return tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v + v), (0, y))[1]


def main(folder: Path) -> None:
    folder = folder / f"tensorflow-{tf.__version__}"
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "words.txt"
    vocabulary.write_text("cat\ndog\n")
    tf.saved_model.save(Words(str(vocabulary)), folder / "words")
    vocabulary.unlink()
    spec = tf.TensorSpec([2, 2], tf.float32)
    concrete = tf.function(branch).get_concrete_function(spec)
    definition = concrete.graph.as_graph_def()
    tf.io.write_graph(definition, str(folder), "branch.pb", as_text=False)
    tf.io.write_graph(definition, str(folder), "branch.pbtxt", as_text=True)
    lite = tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert()
    (folder / "branch.tflite").write_bytes(lite)
    with tf.compat.v1.Graph().as_default(), tf.compat.v1.Session() as session:
        value = tf.compat.v1.get_variable("v", [3])
        session.run(value.initializer)
        saver = tf.compat.v1.train.Saver(sharded=True)
        saver.save(session, str(folder / "old.ckpt"))
    if tf.__version__ < "2.16":
        keras_model(folder / "keras")


def keras_model(folder: Path) -> None:
    """A model as Keras 2 saves it, its layers told once more in `keras_metadata.pb`."""
    layers = [tf.keras.layers.Dense(2, activation="relu"), tf.keras.layers.Rescaling(0.5)]
    model = tf.keras.Sequential([tf.keras.layers.InputLayer((3,)), *layers])
    model.compile("adam", "mse")
    tf.keras.models.save_model(model, folder, save_format="tf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
