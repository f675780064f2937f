"""Make the samples of HDF5 and Keras, beside this file, with what h5py reads in them.

Run in throw-away environments:

    h5py==3.14.0 keras==3.15.1 tensorflow-cpu==2.21.0    python make_hdf5_keras.py hdf5 keras
    h5py==3.16.0 keras==2.15.0 tensorflow-cpu==2.15.1    python make_hdf5_keras.py hdf5 keras
"""

import json
import os
import sys

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def folder(package, version):
    found = os.path.join(HERE, f"{package}-{version}")
    os.makedirs(found, exist_ok=True)
    return found


def fill(file, new):
    """Put one of everything into a file."""
    file["scalar"] = 1.5
    file["text"] = "hello"
    file["null"] = h5py.Empty("f")
    file["fixed"] = np.array([b"abc", b"de"])
    file.create_dataset("words", data=["x", "yy"], dtype=h5py.string_dtype())
    values = np.arange(36.0, dtype="f4").reshape(6, 6)
    file.create_dataset("chunked", data=values, chunks=(4, 4))
    file.create_dataset("filtered", data=values, chunks=(4, 4), compression="gzip", shuffle=True)
    file.create_dataset("checked", data=values, chunks=(6, 6), fletcher32=True)
    file.create_dataset("growing", data=values, chunks=(4, 4), maxshape=(None, 6))
    file.create_dataset("tree", data=values, chunks=(2, 2), maxshape=(None, None))
    file.create_dataset(
        "tree2", data=values, chunks=(2, 2), maxshape=(None, None), compression="gzip"
    )
    file.create_dataset("lzf", data=values, chunks=(6, 6), compression="lzf")
    file.create_dataset("paged", data=np.ones(1100, "i1"), chunks=(1,))
    file.create_dataset("empty", shape=(0, 3), dtype="f4", maxshape=(None, 3))
    file.create_dataset("outside", shape=(5,), dtype="f8", external=[("raw.bin", 0, 40)])
    record = np.dtype([("x", "f4"), ("y", "i8", (2, 3)), ("z", "S5"), ("w", [("q", "u1")])])
    file.create_dataset("record", data=np.zeros(3, record))
    named = h5py.enum_dtype({"A": 0, "B": 1}, "i1")
    file.create_dataset("enum", data=np.zeros(3, "i1"), dtype=named)
    file.create_dataset("variable", shape=(3,), dtype=h5py.vlen_dtype("u1"))
    file.create_dataset("references", shape=(3,), dtype=h5py.ref_dtype)
    file["opaque"] = np.void(b"abcdef")
    file["complex"] = np.zeros(2, "c8")
    file["type"] = np.dtype("f8")
    file.create_dataset("typed", shape=(3,), dtype=file["type"])
    file["scalar"].attrs.create("typed", np.zeros(3), dtype=file["type"])
    file["scalar"].attrs["long"] = "y" * 3000
    inner = file.create_group("group/inner")
    inner["soft"] = h5py.SoftLink("/scalar")
    inner["outside"] = h5py.ExternalLink("other.h5", "/p")
    inner["hard"] = file["scalar"]
    inner["loop"] = file["group"]
    for index in range(20):
        inner.attrs[f"a{index}"] = "v" * index
    many = file.create_group("many")
    for index in range(40):
        many[f"d{index:02}"] = index if index % 2 else h5py.SoftLink(f"/{index}")
    if new:
        layout = h5py.VirtualLayout((20,), "f8")
        layout[:10] = h5py.VirtualSource("source.h5", "d", (10,))
        layout[10:] = h5py.VirtualSource(".", "scalar", (10,))
        file.create_virtual_dataset("virtual", layout)


def fill_large(file):
    """Put in what takes heaps of more than one block and trees of more than one level."""
    many = file.create_group("many")
    for index in range(700):
        many[f"link{index:04}"] = h5py.SoftLink("/x")
    file.attrs["huge"] = np.bytes_(b"x" * 70000)
    for index in range(150):
        file.attrs[f"attribute{index:03}"] = index


def listing(path):
    """Return what h5py says of every object."""
    found, seen, pending = [], set(), ["/"]
    with h5py.File(path, "r") as file:
        while pending:
            name = pending.pop()
            item = file[name]
            key = h5py.h5o.get_info(item.id).addr
            if key in seen:
                continue
            seen.add(key)
            entry = {"attributes": sorted(item.attrs), "links": []}
            for link in item if isinstance(item, h5py.Group) else ():
                made = item.get(link, getlink=True)
                if isinstance(made, h5py.ExternalLink):
                    entry["links"].append([link, "external", made.path, made.filename])
                elif isinstance(made, h5py.SoftLink):
                    entry["links"].append([link, "soft", made.path, ""])
                else:
                    entry["links"].append([link, "hard", "", ""])
                    pending.append(f"{name.rstrip('/')}/{link}")
            entry["links"].sort()
            if isinstance(item, h5py.Dataset):
                entry["dataset"] = describe(item)
            found.append(entry)
    return sorted(found, key=json.dumps)


def describe(item):
    made = item.id.get_create_plist()
    string = h5py.check_string_dtype(item.dtype)
    variable = h5py.check_vlen_dtype(item.dtype) or (string and string.length is None)
    virtual = item.virtual_sources() if item.is_virtual else []
    return {
        "shape": list(item.shape or ()),
        "size": None if variable else item.id.get_type().get_size(),
        "chunks": list(item.chunks or ()),
        "filters": sorted(made.get_filter(i)[0] for i in range(made.get_nfilters())),
        "external": [list(piece) for piece in item.external or []],
        "virtual": [[one.file_name, one.dset_name] for one in virtual],
    }


def make_hdf5():
    out = folder("hdf5", h5py.__version__)
    made = {}
    # What HDF5 2.0 writes differs from 1.14 in the latest format alone.
    old = h5py.version.hdf5_version_tuple < (2, 0, 0)
    for version in ("earliest", "v108", "v110", "latest") if old else ("latest",):
        for block in (0, 512) if version == "latest" else (0,):
            name = f"{version}{'-block' if block else ''}.h5"
            bound = version if version in ("earliest", "latest") else (version, version)
            path = os.path.join(out, name)
            track = version == "v110"
            with h5py.File(
                path, "w", libver=bound, userblock_size=block, track_order=track
            ) as file:
                fill(file, version in ("v110", "latest"))
            made[name] = listing(path)
    if old:
        path = os.path.join(out, "large.h5")
        with h5py.File(path, "w", libver="latest") as file:
            fill_large(file)
        made["large.h5"] = listing(path)
    with open(os.path.join(out, "listing.json"), "w") as file:
        json.dump(made, file, separators=(",", ":"))


def make_keras():
    import keras
    from keras import layers

    out = folder("keras", keras.__version__)
    register = keras.saving.register_keras_serializable

    @register("mypkg")
    class Scale(layers.Layer):
        def __init__(self, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, inputs):
            return inputs * self.factor

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    def plain():
        model = keras.Sequential([layers.Input((4,)), layers.Dense(3, "relu"), layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(np.zeros((2, 4)), np.zeros((2, 1)), verbose=0)
        return model

    def functional():
        start = layers.Input((8, 8, 3))
        found = layers.Conv2D(2, 3, activation="relu", kernel_regularizer="l2")(start)
        found = layers.BatchNormalization()(layers.MaxPooling2D()(found))
        found = found * 2 + layers.Flatten()(found)[:, :1, None, None]
        return keras.Model(start, layers.Dense(2, activation="softmax")(layers.Flatten()(found)))

    def custom():
        return keras.Sequential([layers.Input((4,)), Scale(3.0), layers.Dense(1)])

    def carrying():
        scaled = layers.Lambda(lambda x: x * 2, output_shape=(4,))
        return keras.Sequential([layers.Input((4,)), scaled, layers.Dense(1)])

    for name, make in [
        ("plain", plain),
        ("functional", functional),
        ("custom", custom),
        ("lambda", carrying),
    ]:
        model = make()
        model.save(os.path.join(out, f"{name}.keras"))
        model.save(os.path.join(out, f"{name}.h5"))
        with open(os.path.join(out, f"{name}.json"), "w") as file:
            file.write(model.to_json())
    vectors = layers.TextVectorization(max_tokens=20, output_sequence_length=4)
    vectors.adapt(["one two three"])
    words = keras.Sequential([layers.Input((1,), dtype="string"), vectors])
    words.save(os.path.join(out, "words.keras"))
    plain().save_weights(os.path.join(out, "plain.weights.h5"))


if __name__ == "__main__":
    for made in sys.argv[1:]:
        {"hdf5": make_hdf5, "keras": make_keras}[made]()
