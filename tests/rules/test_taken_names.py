"""Names that a stream takes by other means than importing them: attributes, types, `__new__`."""

from __future__ import annotations

import pytest

from tests.helpers.scanning import rules_of, scan_bytes


def said(body: bytes) -> dict[str, str]:
    """Return what is said of a stream."""
    return rules_of(scan_bytes(b"\x80\x02" + body + b"."))


def taken(owner: bytes, word: str) -> bytes:
    """Return `getattr(owner, word)`."""
    return (
        b"cbuiltins\ngetattr\n("
        + owner
        + b"X"
        + len(word).to_bytes(4, "little")
        + word.encode()
        + b"tR"
    )


RIDGE = b"csklearn.linear_model._ridge\nRidge\n"
RESULT = b"cscipy.stats._stats_py\nLinregressResult\n"


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        (RIDGE + b")\x81", "predict"),
        (RIDGE, "predict"),
        (b"cpandas.core.frame\nDataFrame\n)\x81", "mean"),
        (b"cbuiltins\nstr\n", "join"),
        (b"cbuiltins\nfloat\n", "fromhex"),
    ],
)
def test_methods_that_compute_on_data_are_held(owner: bytes, word: str) -> None:
    assert not said(taken(owner, word))


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        (RIDGE + b")\x81", "__init__"),
        (RIDGE + b")\x81", "__reduce__"),
        (b"cpandas.core.frame\nDataFrame\n)\x81", "to_pickle"),
        (b"cpandas.core.frame\nDataFrame\n)\x81", "eval"),
        (b"X\x01\x00\x00\x00,", "upper"),
        (b"cbuiltins\nstr\n", "format"),
        (b"X\x01\x00\x00\x00,", "__class__"),
        (b"C\x01,", "decode"),
        (b"cos\n_Environ\n)\x81", "predict"),
        (b"csubprocess\nPopen\n", "__new__"),
        (b"cnumpy\ndtype\n", "__new__"),
    ],
)
def test_other_attributes_are_told(owner: bytes, word: str) -> None:
    assert said(taken(owner, word))["name-resolution"] == "critical"


def test_a_held_method_is_not_called() -> None:
    called = taken(RIDGE + b")\x81", "predict") + b"]\x85R"
    assert said(called)["computed-name"] == "high"


def over_new(kind: bytes, first: bytes, state: bytes = b"}", extra: bytes = b")") -> bytes:
    """Return `partial(kind.__new__, first)()` as protocol 2 writes it, with a state."""
    new = taken(kind, "__new__")
    return (
        b"cfunctools\npartial\n(" + new + b"tR(" + new + b"(" + first + b"t}Ntb" + extra + b"R"
        + state + b"b"
    )  # fmt: skip


def test_a_partial_over_new_instantiates_its_class() -> None:
    assert not said(over_new(RESULT, RESULT))


def test_it_is_held_to_what_its_class_may_be() -> None:
    assert said(over_new(RESULT, b"csubprocess\nPopen\n"))
    assert said(over_new(RESULT, b"cmylib\nNet\n"))["callback-dispatch"] == "critical"
    assert said(over_new(RESULT, RESULT, extra=RIDGE + b"\x85"))["computed-name"] == "high"
    assert said(over_new(b"csubprocess\nPopen\n", b"csubprocess\nPopen\n"))
    refused = b"cscipy.stats._continuous_distns\nnorm_gen\n"
    assert said(over_new(refused, refused))["name-resolution"] == "critical"


def bound(method: bytes, word: bytes = b"MethodType") -> bytes:
    """Return a bound method as cloudpickle writes it."""
    taker = b"ccloudpickle.cloudpickle\n_builtin_type\nX" + len(word).to_bytes(4, "little") + word
    return taker + b"\x85R" + method + RIDGE + b")\x81\x86R"


def test_methods_bound_by_cloudpickle() -> None:
    predict = b"\x8c\x1bsklearn.linear_model._ridge\x8c\rRidge.predict\x93"
    assert not said(bound(predict))
    assert said(bound(b"cos\nsystem\n"))["command-execution"] == "critical"
    assert said(bound(predict, b"CodeType"))["code-execution"] == "critical"
    assert said(bound(predict, b"ModuleType"))["computed-name"] == "high"


def test_text_that_dill_evaluates() -> None:
    def shown(text: bytes) -> dict[str, str]:
        return said(
            b"cdill._dill\n_eval_repr\nX" + len(text).to_bytes(4, "little") + text + b"\x85R"
        )

    assert not shown(b"range(0, 3)")
    assert not shown(b"Ellipsis")
    for text in (b"print(1)", b"range(0, 3) or print(1)", b"range(0, print(1))", b""):
        assert shown(text)["code-execution"] == "critical"


def test_file_systems_are_the_local_one_without_options() -> None:
    def made(kind: bytes, state: bytes) -> dict[str, str]:
        return said(b"cfsspec.spec\nmake_instance\n(" + kind + b")" + state + b"tR")

    local = b"cfsspec.implementations.local\nLocalFileSystem\n"
    assert not made(local, b"}")
    assert (
        made(b"cfsspec.implementations.sftp\nSFTPFileSystem\n", b"}")["network-access"]
        == "critical"
    )
    assert made(local, b"}X\x01\x00\x00\x00xNs")["network-access"] == "critical"


def test_arrays_of_joblib_are_of_array_classes() -> None:
    def wrapper(kind: bytes) -> dict[str, str]:
        state = b"}X\x08\x00\x00\x00subclass" + kind + b"sb"
        return said(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + state)

    assert "file-access" not in wrapper(b"cnumpy\nmemmap\n")
    assert wrapper(b"cnumpy\nmatrix\n").keys() == wrapper(b"cnumpy\nndarray\n").keys()
    assert wrapper(b"csubprocess\nPopen\n")["command-execution"] == "critical"
    assert said(b"cnumpy\nmemmap\n")["file-access"] == "critical"


def test_dotted_names_are_attributes_too() -> None:
    def dotted(module: bytes, name: bytes) -> dict[str, str]:
        return said(
            b"\x8c" + bytes([len(module)]) + module + b"\x8c" + bytes([len(name)]) + name + b"\x93"
        )

    assert not dotted(b"torch._utils", b"torch.channels_last")
    assert not dotted(b"builtins", b"str.join")
    assert dotted(b"torch._utils", b"torch.load")["attribute-path"]
    assert dotted(b"builtins", b"str.format")
    assert dotted(b"builtins", b"str.__class__")
    assert dotted(b"sklearn.linear_model._ridge", b"Ridge.__new__.predict")


def test_results_of_system_calls_are_numbers() -> None:
    """Records and enumerations of modules that reach the system are made of plain values."""
    assert not said(b"cos\nterminal_size\n(K\x50K\x18t}\x86R")
    assert not said(b"csignal\nSignals\nK\x0f\x85R")
    assert said(b"cos\nterminal_size\n" + b"citertools\ncount\n)R\x85R")
    assert said(b"csignal\nSignals\ncos\nsystem\n\x85R")["command-execution"] == "critical"
    assert said(b"cos\nterminal_size\n)R")["hostile-argument"] == "high"
