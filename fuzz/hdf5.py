"""Fuzz the parser of the format hdf5."""

from harness import fuzz

fuzz("hdf5")
