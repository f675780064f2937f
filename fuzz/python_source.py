"""Fuzz the parser of the format python-source."""

from harness import fuzz

fuzz("python-source")
