"""Fuzz the parser of the format keras-metadata."""

from harness import fuzz

fuzz("keras-metadata")
