"""Element types of PyTorch: bytes of each, by the names of storage classes and of dtypes.

Source: `torch/storage.py` (`_dtype_to_storage_type_map`) and `c10/core/ScalarType.h` of PyTorch
2.13.
"""

from __future__ import annotations

from typing import Final

#: Bytes of an element, by the name of the storage class without `Storage`.
_STORAGES: Final = {
    **dict.fromkeys(("Bool", "Byte", "Char", "QInt8", "QUInt8", "QUInt4x2", "QUInt2x4"), 1),
    **dict.fromkeys(("Untyped", "_Untyped", "", "Typed", "_Typed"), 1),
    **dict.fromkeys(("Half", "BFloat16", "Short"), 2),
    **dict.fromkeys(("Float", "Int", "QInt32"), 4),
    **dict.fromkeys(("Double", "Long", "ComplexFloat"), 8),
    "ComplexDouble": 16,
}
#: Tensor elements that share one element of their storage.
_PACKED: Final = {"QUInt4x2": 2, "QUInt2x4": 4}
_DTYPES: Final = {
    **dict.fromkeys(("half", "short"), 2),
    **dict.fromkeys(("float", "int", "chalf"), 4),
    **dict.fromkeys(("double", "long", "cfloat"), 8),
    **dict.fromkeys(("bool", "quint8", "qint8", "quint4x2", "quint2x4"), 1),
    **dict.fromkeys(("float16", "bfloat16", "bits16"), 2),
    **dict.fromkeys(("float32", "complex32", "qint32"), 4),
    **dict.fromkeys(("float64", "complex64"), 8),
    **dict.fromkeys(("complex128", "cdouble"), 16),
    **{f"{sign}int{bits}": bits // 8 for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def storage_element(name: str) -> tuple[int, int] | None:
    """Return the bytes of an element of a storage class, and the tensor elements it holds."""
    kind = name.removesuffix("Storage")
    width = _STORAGES.get(kind) if kind != name else None
    return None if width is None else (width, _PACKED.get(kind, 1))


def dtype_width(name: str) -> int:
    """Return the bytes of an element of a dtype; those not known, such as `float8_*`, have one."""
    return _DTYPES.get(name, 1)
