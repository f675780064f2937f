"""Fuzz the parser of the format conda."""

from harness import fuzz

fuzz("conda")
