"""Fuzz the parser of the format onnx-runtime."""

from harness import fuzz

fuzz("onnx-runtime")
