"""Fuzz the parser of the format tflite."""

from harness import fuzz

fuzz("tflite")
