"""Fuzz the parser of the format xgboost."""

from harness import fuzz

fuzz("xgboost")
