"""Fuzz the parser of the format project."""

from harness import fuzz

fuzz("project")
