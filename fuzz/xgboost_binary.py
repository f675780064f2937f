"""Fuzz the parser of the format xgboost-binary."""

from harness import fuzz

fuzz("xgboost-binary")
