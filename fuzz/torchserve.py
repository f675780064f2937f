"""Fuzz the parser of the format torchserve."""

from harness import fuzz

fuzz("torchserve")
