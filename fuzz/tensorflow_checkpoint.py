"""Fuzz the parser of the format tensorflow-checkpoint."""

from harness import fuzz

fuzz("tensorflow-checkpoint")
