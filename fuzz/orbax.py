"""Fuzz the parser of the format orbax."""

from harness import fuzz

fuzz("orbax")
