"""Fuzz the parser of the format llamafile."""

from harness import fuzz

fuzz("llamafile")
