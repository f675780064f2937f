"""Fuzz the parser of the format onnx-textproto."""

from harness import fuzz

fuzz("onnx-textproto")
