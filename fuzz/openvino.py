"""Fuzz the parser of the format openvino."""

from harness import fuzz

fuzz("openvino")
