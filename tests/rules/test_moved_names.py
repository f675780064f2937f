"""Classes and functions under the names that early versions of their packages wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan

RECONSTRUCT = b"cnumpy.core._internal\n_reconstruct\n"  # as NumPy before 1.0


def rules(folder: Path, stream: bytes) -> list[str]:
    path = folder / "model.pkl"
    path.write_bytes(b"\x80\x02" + stream + b".")
    return [finding.rule for finding in scan(str(path)).findings]


@pytest.mark.parametrize(
    "name",
    [
        "gensim.models.word2vec Vocab",
        "gensim.models.doc2vec DocvecsArray",
        "gensim.models.keyedvectors EuclideanKeyedVectors",
        "gensim.models.wrappers.fasttext FastTextKeyedVectors",
        "pandas.core.internals BlockManager",
        "sklearn.datasets.base Bunch",
    ],
)
def test_a_class_where_it_was_once_defined_is_known(tmp_path: Path, name: str) -> None:
    module, qualname = name.encode().split()
    assert rules(tmp_path, b"c" + module + b"\n" + qualname + b"\n)\x81}b") == []


@pytest.mark.parametrize("name", ["NDArrayWrapper", "ZNDArrayWrapper"])
def test_an_array_in_a_file_beside_is_known(tmp_path: Path, name: str) -> None:
    state = b"}X\x08\x00\x00\x00filenameX\x0c\x00\x00\x00model_01.npys"
    stream = b"cjoblib.numpy_pickle\n" + name.encode() + b"\n)\x81" + state + b"b"
    assert rules(tmp_path, stream) == []


def test_a_program_of_the_same_module_is_not(tmp_path: Path) -> None:
    assert "command-execution" in rules(
        tmp_path, b"cgensim.models.wrappers.ldamallet\nLdaMallet\n)\x81}b"
    )


@pytest.mark.parametrize(
    "kind", [b"cnumpy\nndarray\n", b"cpandas.core.indexes.frozen\nFrozenNDArray\n"]
)
def test_an_array_of_an_early_class_is_rebuilt(tmp_path: Path, kind: bytes) -> None:
    assert rules(tmp_path, RECONSTRUCT + kind + b"K\x00\x85U\x01b\x87R") == []


def test_another_class_is_not(tmp_path: Path) -> None:
    stream = RECONSTRUCT + b"csubprocess\nPopen\nK\x00\x85U\x01b\x87R"
    assert rules(tmp_path, stream)
