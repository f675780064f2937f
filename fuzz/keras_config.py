"""Fuzz the parser of the format keras-config."""

from harness import fuzz

fuzz("keras-config")
