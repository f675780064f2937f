"""Fuzz the parser of the format hf-config."""

from harness import fuzz

fuzz("hf-config")
