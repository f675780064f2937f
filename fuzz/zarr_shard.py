"""Fuzz the parser of the format zarr-shard."""

from harness import fuzz

fuzz("zarr-shard")
