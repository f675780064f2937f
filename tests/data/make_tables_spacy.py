"""Write the samples of spaCy and PyArrow below the folder that is given.

pip install spacy pyarrow; python make_tables_spacy.py tests/data
"""

from __future__ import annotations

import sys
from pathlib import Path

PIPES = (
    *("tok2vec", "tagger", "ner", "textcat", "sentencizer", "entity_ruler", "parser", "spancat"),
    *("morphologizer", "entity_linker", "trainable_lemmatizer", "attribute_ruler"),
)


def write_spacy(folder: Path) -> None:
    import spacy

    pipeline = spacy.blank("en")
    for name in PIPES:
        pipeline.add_pipe(name)
    folder = folder / f"spacy-{spacy.__version__}"
    folder.mkdir(exist_ok=True)
    pipeline.config.to_disk(folder / "config.cfg")


def write_tables(folder: Path) -> None:
    import pyarrow as pa
    from pyarrow import feather, ipc, parquet

    folder = folder / f"pyarrow-{pa.__version__}"
    folder.mkdir(exist_ok=True)
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    parquet.write_table(table, folder / "a.parquet")
    feather.write_feather(table, str(folder / "v1.feather"), version=1)
    feather.write_feather(table, str(folder / "v2.feather"))
    with ipc.new_file(str(folder / "a.arrow"), table.schema) as writer:
        writer.write_table(table)


for write in (write_spacy, write_tables):
    try:
        write(Path(sys.argv[1]))
    except ImportError as error:
        print(error)
