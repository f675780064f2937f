"""Fuzz the parser of the format torchscript-source."""

from harness import fuzz

fuzz("torchscript-source")
