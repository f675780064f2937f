"""Fuzz the parser of the format notebook."""

from harness import fuzz

fuzz("notebook")
