"""Fuzz the parser of the format tensorflow-text."""

from harness import fuzz

fuzz("tensorflow-text")
