"""Fuzz the parser of the format columnar."""

from harness import fuzz

fuzz("columnar")
