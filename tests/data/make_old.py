# ruff: noqa: UP018, UP031 - it runs on Python 2 as well
"""Make the samples of old versions, beside this file; runs on Python 2.7 and later.

Run in throw-away environments:

    Python 2.7: numpy==1.16.6 joblib==0.8.4     python make_old.py joblib
    Python 3.6: numpy==1.19.5 joblib==0.9.4     python make_old.py joblib
    Python 3.6: numpy==1.19.5 joblib==0.11      python make_old.py joblib
    Python 3.9: numpy==1.26.4 joblib==1.1.1     python make_old.py joblib
    Python 3.8: numpy==1.21.6 torch==1.8.1      python make_old.py torch
    Python 3.6: numpy==1.19.5 torch==1.0.0      python make_old.py torch
    Python 3.7: numpy==1.21.6 torch==1.4.0      python make_old.py torch
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def folder(package, version):
    found = os.path.join(HERE, "%s-%s" % (package, version.partition("+")[0]))
    if not os.path.isdir(found):
        os.mkdir(found)
    return found


def make_joblib():
    import joblib
    import numpy as np

    out = folder("joblib", joblib.__version__)
    made = {
        "plain": np.arange(6.0).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "fields": np.zeros(3, dtype=[(str("a"), "<f4"), (str("b"), "S5")]),
        "objects": np.array([{"a": 1}, None], dtype=object),
        "object-fields": np.zeros(2, dtype=[(str("a"), "<f4"), (str("o"), object)]),
        "matrix": np.matrix([[1.0, 2.0]]),
        "scalar": np.array(3.0),
        "empty": np.zeros((0, 3)),
        "text": np.array(["a", "bcd"]),
        "end": "end",
    }
    joblib.dump(made, os.path.join(out, "arrays.joblib"))
    joblib.dump(made, os.path.join(out, "compressed.joblib"), compress=3)


def make_torch():
    import torch

    out = folder("torch", torch.__version__)
    base = torch.arange(12.0)
    made = {
        "state": torch.nn.Linear(3, 2).state_dict(),
        "views": [base[5:], base.view(3, 4).t(), base[:1].expand(9), base, torch.empty(0)],
        "module": torch.nn.Linear(2, 1),
        "storage": base.storage(),
    }
    for name in made:
        torch.save(made[name], os.path.join(out, name + ".pt"))
    scripted = torch.jit.trace(torch.nn.Linear(3, 2), torch.ones(1, 3))
    scripted.save(os.path.join(out, "script.pt"))


if __name__ == "__main__":
    for part in sys.argv[1:]:
        {"joblib": make_joblib, "torch": make_torch}[part]()
