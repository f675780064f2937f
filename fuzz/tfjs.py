"""Fuzz the parser of the format tfjs."""

from harness import fuzz

fuzz("tfjs")
