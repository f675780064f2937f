"""Fuzz the parser of the format mxnet."""

from harness import fuzz

fuzz("mxnet")
