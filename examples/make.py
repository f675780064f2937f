"""Make the example models: one clean, one that prints when loaded, one broken on purpose.

    python examples/make.py

They are the same bytes every time. None of them does harm: the worst one prints a line.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAYER = {"weight": (2, 3), "bias": (2,)}


class Greeting:
    """An object whose pickle is a call of `print`."""

    def __reduce__(self) -> tuple[object, ...]:
        """Have the loader call `print`."""
        return print, ("Hello from inside the model file.",)


def clean() -> bytes:
    """Return the state dict of a linear layer as `torch.save` writes it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        _add(file, "data.pkl", _state_dict())
        for key, shape in enumerate(LAYER.values()):
            numbers = [0.5 * (n + 1) for n in range(_product(shape))]
            _add(file, f"data/{key}", struct.pack(f"<{len(numbers)}f", *numbers))
        _add(file, "version", b"3\n")
    return archive.getvalue()


def prints() -> bytes:
    """Return a pickle that prints when it is loaded, with the weights beside it."""
    return pickle.dumps({"weights": [0.5, 1.0], "hook": Greeting()}, protocol=4)


def broken() -> bytes:
    """Return the pickle that prints, cut short after the call and before its end."""
    return prints()[:-2]


def _add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    file.writestr(zipfile.ZipInfo(f"layer/{name}", (1980, 1, 1, 0, 0, 0)), data)


def _state_dict() -> bytes:
    """Write the pickle by hand, because making this must not need torch."""
    empty = b"ccollections\nOrderedDict\n)R"
    items = b""
    for key, (name, shape) in enumerate(LAYER.items()):
        storage = b"(" + _text("storage") + b"ctorch\nFloatStorage\n" + _text(str(key))
        storage += _text("cpu") + _number(_product(shape)) + b"tQ"
        stride = (*shape[1:], 1)
        items += _text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + _number(0)
        items += _numbers(shape) + _numbers(stride) + b"\x89" + empty + b"tR"
    return b"\x80\x02" + empty + b"(" + items + b"u."


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _number(number: int) -> bytes:
    return b"K" + bytes([number])


def _numbers(numbers: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(_number, numbers)) + b"t"


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


EXAMPLES = {"clean.pt": clean, "prints.pkl": prints, "broken.pkl": broken}


def main() -> None:
    """Write the examples beside this file."""
    for name, make in EXAMPLES.items():
        (HERE / name).write_bytes(make())


if __name__ == "__main__":
    main()
