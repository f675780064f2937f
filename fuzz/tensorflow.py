"""Fuzz the parser of the format tensorflow."""

from harness import fuzz

fuzz("tensorflow")
