"""Fuzz the parser of the format model-card."""

from harness import fuzz

fuzz("model-card")
