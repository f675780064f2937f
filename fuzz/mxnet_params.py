"""Fuzz the parser of the format mxnet-params."""

from harness import fuzz

fuzz("mxnet-params")
