"""Fuzz the parser of the format coreml-package."""

from harness import fuzz

fuzz("coreml-package")
