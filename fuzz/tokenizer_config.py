"""Fuzz the parser of the format tokenizer-config."""

from harness import fuzz

fuzz("tokenizer-config")
