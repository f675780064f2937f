"""Fuzz the parser of the format ocdbt."""

from harness import fuzz

fuzz("ocdbt")
