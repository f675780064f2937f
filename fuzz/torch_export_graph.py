"""Fuzz the parser of the format torch-export-graph."""

from harness import fuzz

fuzz("torch-export-graph")
