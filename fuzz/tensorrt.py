"""Fuzz the parser of the format tensorrt."""

from harness import fuzz

fuzz("tensorrt")
