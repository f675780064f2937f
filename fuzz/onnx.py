"""Fuzz the parser of the format onnx."""

from harness import fuzz

fuzz("onnx")
