"""Fuzz the parser of the format r."""

from harness import fuzz

fuzz("r")
