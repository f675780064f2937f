"""Fuzz the parser of the format xml."""

from harness import fuzz

fuzz("xml")
