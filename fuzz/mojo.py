"""Fuzz the parser of the format mojo."""

from harness import fuzz

fuzz("mojo")
