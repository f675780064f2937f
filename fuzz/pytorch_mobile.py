"""Fuzz the parser of the format pytorch-mobile."""

from harness import fuzz

fuzz("pytorch-mobile")
