import json
import os


class _Model:
    def __init__(self, table):
        self.table = table

    def predict(self, data):
        return [self.table.get(str(item)) for item in data]


def _load_pyfunc(path):
    with open(os.path.join(path, "table.json")) as file:
        return _Model(json.load(file))
