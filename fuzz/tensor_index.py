"""Fuzz the parser of the format tensor-index."""

from harness import fuzz

fuzz("tensor-index")
