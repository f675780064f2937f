"""Fuzz the parser of the format torch7."""

from harness import fuzz

fuzz("torch7")
