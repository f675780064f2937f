"""Fuzz the parser of the format fasttext."""

from harness import fuzz

fuzz("fasttext")
