"""Fuzz the parser of the format python-module."""

from harness import fuzz

fuzz("python-module")
