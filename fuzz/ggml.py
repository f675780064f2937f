"""Fuzz the parser of the format ggml."""

from harness import fuzz

fuzz("ggml")
