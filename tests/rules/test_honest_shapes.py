"""Forms in which honest pickles name callables, beside forms that only look like them."""

from __future__ import annotations

import pytest

from tests.helpers.scanning import rules_of, scan_bytes


def said(body: bytes) -> dict[str, str]:
    """Return what is said of a stream at medium or above."""
    rules = rules_of(scan_bytes(b"\x80\x04" + body + b"."))
    return {rule: severity for rule, severity in rules.items() if severity not in ("low", "info")}


def text(word: str) -> bytes:
    """Return the opcode that pushes `word`."""
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def rebuilt(kind: str) -> bytes:
    """Return what Cython writes for an instance of a compiled class."""
    head = f"c_loss\n__pyx_unpickle_{kind}\n(c_loss\n{kind}\n".encode()
    return head + b"J\xaf\x2d\xd4\x04NtR"


def test_losses_under_the_name_of_their_compiled_module() -> None:
    for protocol in (
        b"c_loss\nCyHalfSquaredError\n)R",
        b"c_loss\nCyPinballLoss\nG?\xe0\0\0\0\0\0\0\x85R",
    ):
        assert not said(protocol)
    assert not said(rebuilt("CyHalfBinomialLoss"))


def test_no_other_name_of_that_module_is_vouched_for() -> None:
    assert said(b"c_loss\nFocalLoss\n)\x81}b") == {"unvouched-package": "medium"}
    assert said(b"c_loss\nsystem\nV1\n\x85R")["suggestive-callable"]
    assert said(
        rebuilt("CyHalfBinomialLoss").replace(b"c_loss\nCyHalfBinomialLoss", b"cos\nsystem")
    )


def taken(owner: bytes, word: str) -> bytes:
    """Return `getattr(owner, word)`."""
    return b"cbuiltins\ngetattr\n(" + owner + text(word) + b"tR"


PATTERN = b"cre\n_compile\n(" + text("a+") + b"K\x20tR"
OWN = b"cmymodule\nMyModel\n"


def test_bound_methods_that_compute_on_text() -> None:
    for owner, word in (
        (PATTERN, "finditer"),
        (b"cnltk.stem.snowball\nEnglishStemmer\n)\x81", "stem"),
        (b"cconfigparser\nSectionProxy\n)\x81", "get"),
        (b"cconfigparser\nConfigParser\n)\x81", "getboolean"),
    ):
        assert not said(taken(owner, word)), word
    assert said(taken(PATTERN, "__reduce__")) == {"name-resolution": "critical"}
    assert said(taken(b"cconfigparser\nConfigParser\n)\x81", "read"))["name-resolution"]


def bound_to_lookups(function: bytes) -> bytes:
    """Return what spaCy keeps for each attribute of a word."""
    name = b"cspacy.util\n_get_attr_unless_lookup\n"
    return b"cfunctools\npartial\n(" + name + b"tR(" + name + b"(" + function + b"]tN}tb"


def test_attributes_of_words() -> None:
    assert not said(bound_to_lookups(b"cspacy.lang.lex_attrs\nlike_url\n"))
    assert said(bound_to_lookups(b"cos\nsystem\n"))["command-execution"] == "critical"
    called = b"cspacy.util\n_get_attr_unless_lookup\n(cspacy.lang.lex_attrs\nlike_url\n]" + text(
        "x"
    )
    assert said(called + b"tR") == {"callback-dispatch": "critical"}


@pytest.mark.parametrize("module", ["operator", "_operator"])
def test_getters_of_one_plain_name(module: str) -> None:
    def getter(kind: str, *words: str) -> bytes:
        return f"c{module}\n{kind}\n(".encode() + b"".join(map(text, words)) + b"tR"

    assert not said(getter("attrgetter", "real", "start_date"))
    assert not said(getter("methodcaller", "lower"))
    for word in ("a.b", "__class__", "_private", "system", "", "a b"):
        assert said(getter("attrgetter", word)) == {"name-resolution": "critical"}, word
    for words in (("system",), ("lower", "x"), ("unlink",), ("__call__",)):
        assert said(getter("methodcaller", *words)) == {"name-resolution": "critical"}, words
    assert said(getter("attrgetter", "real") + b"K\x01\x85R") == {"computed-name": "high"}


def test_messages_and_cookies() -> None:
    for kind in (b"email.message\nEmailMessage", b"http.cookies\nMorsel"):
        assert not said(b"c" + kind + b"\n)\x81}b")
    assert said(b"chttp.cookies\nSimpleCookie\n)\x81}bcos\nsystem\n")["command-execution"]


def test_universal_functions_of_scipy() -> None:
    assert not said(b"cscipy.special._special_ufuncs\nwofz\n")
    assert said(b"cscipy.special._special_ufuncs\nload\n")


def test_a_dictionary_of_tensors() -> None:
    head = b"ctensordict._reductions\n_make_td\n("
    state = b"}" + text("_device") + b"Ns"
    assert not said(head + b"ctensordict._td\nTensorDict\n" + state + b"tR")
    assert said(head + b"csubprocess\nPopen\n" + state + b"tR")


def test_a_method_of_a_class_of_ones_own_is_that_class() -> None:
    """As `Model.__reduce__` of Keras 3 writes it: one question, not an alarm."""
    assert said(taken(OWN, "_unpickle_model")) == {"unvouched-package": "medium"}
    assert said(taken(OWN, "_unpickle_model") + b"(c_io\nBytesIO\n)\x81(C\x01aK\0NtbtR") == {
        "unvouched-package": "medium"
    }


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        (b"cmymodule\nos\n", "getcwd"),
        (b"cmymodule\nMyModel\n", "system"),
        (b"cmymodule\nMyModel\n", "__init__"),
        (b"cmymodule\nMyModel.os\n", "getcwd"),
        (b"cmymodule\nmodel\n", "predict"),
        (b"cos\nsystem\n", "real"),
        (b"ckeras.src.models.sequential\nSequential\n", "evaluate"),
    ],
)
def test_no_other_attribute_is(owner: bytes, word: str) -> None:
    assert said(taken(owner, word))["name-resolution"] == "critical"
