"""Fuzz the parser of the format lightgbm."""

from harness import fuzz

fuzz("lightgbm")
