"""Fuzz the parser of the format coreml-weights."""

from harness import fuzz

fuzz("coreml-weights")
