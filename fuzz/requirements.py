"""Fuzz the parser of the format requirements."""

from harness import fuzz

fuzz("requirements")
