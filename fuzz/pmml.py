"""Fuzz the parser of the format pmml."""

from harness import fuzz

fuzz("pmml")
