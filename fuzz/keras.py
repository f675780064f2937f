"""Fuzz the parser of the format keras."""

from harness import fuzz

fuzz("keras")
