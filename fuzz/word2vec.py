"""Fuzz the parser of the format word2vec."""

from harness import fuzz

fuzz("word2vec")
