"""Make the tokenizers that the sentencepiece package trains, beside this file.

Run in throw-away environments, one for each version, on Python 3.11:

    pip install sentencepiece==0.2.1 && python make_sentencepiece.py
    pip install sentencepiece==0.1.99 && python make_sentencepiece.py

Rules of normalization of their own keep the table of them small: that of `nmt_nfkc` is 240 kB.
"""

from __future__ import annotations

import io
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import sentencepiece

HERE = Path(__file__).parent / "zoo" / f"sentencepiece-{version('sentencepiece')}"
TEXT = [f"the {a} {b} sees a {b} {a}" for a in ("small", "tall", "old") for b in ("cat", "dog")]
RULES = "41\t61\n42\t62\n66 69\t66 66 69\n"  # code points, and what becomes of them


def train(name: str, **options: object) -> None:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT * 20), model_writer=written, minloglevel=2, **options
    )
    sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    (HERE / name).write_bytes(written.getvalue())


def main() -> None:
    HERE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        rules = Path(folder, "rules.tsv")
        rules.write_text(RULES)
        train(
            "unigram.model",
            vocab_size=25,
            normalization_rule_tsv=str(rules),
            user_defined_symbols=["<sep>", "<cls>"],
        )
    train(
        "bpe.model",
        vocab_size=290,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
    )


if __name__ == "__main__":
    main()
