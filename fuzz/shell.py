"""Fuzz the parser of the format shell."""

from harness import fuzz

fuzz("shell")
