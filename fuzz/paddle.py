"""Fuzz the parser of the format paddle."""

from harness import fuzz

fuzz("paddle")
