"""Fuzz the parser of the format catboost."""

from harness import fuzz

fuzz("catboost")
