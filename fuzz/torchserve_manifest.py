"""Fuzz the parser of the format torchserve-manifest."""

from harness import fuzz

fuzz("torchserve-manifest")
