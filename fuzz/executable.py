"""Fuzz the parser of the format executable."""

from harness import fuzz

fuzz("executable")
