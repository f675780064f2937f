"""Fuzz the parser of the format triton."""

from harness import fuzz

fuzz("triton")
