"""Fuzz the parser of the format catboost-json."""

from harness import fuzz

fuzz("catboost-json")
