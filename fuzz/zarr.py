"""Fuzz the parser of the format zarr."""

from harness import fuzz

fuzz("zarr")
