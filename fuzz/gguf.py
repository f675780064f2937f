"""Fuzz the parser of the format gguf."""

from harness import fuzz

fuzz("gguf")
