"""Fuzz the parser of the format java."""

from harness import fuzz

fuzz("java")
