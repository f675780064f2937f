"""Fuzz the parser of the format r-lazy."""

from harness import fuzz

fuzz("r-lazy")
