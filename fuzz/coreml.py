"""Fuzz the parser of the format coreml."""

from harness import fuzz

fuzz("coreml")
