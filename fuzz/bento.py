"""Fuzz the parser of the format bento."""

from harness import fuzz

fuzz("bento")
