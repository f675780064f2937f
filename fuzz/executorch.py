"""Fuzz the parser of the format executorch."""

from harness import fuzz

fuzz("executorch")
