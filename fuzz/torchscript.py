"""Fuzz the parser of the format torchscript."""

from harness import fuzz

fuzz("torchscript")
