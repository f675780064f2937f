"""Fuzz the parser of the format onnx-tensor."""

from harness import fuzz

fuzz("onnx-tensor")
