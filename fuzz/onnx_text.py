"""Fuzz the parser of the format onnx-text."""

from harness import fuzz

fuzz("onnx-text")
