"""Fuzz the parser of the format flax."""

from harness import fuzz

fuzz("flax")
