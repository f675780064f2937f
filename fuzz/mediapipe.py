"""Fuzz the parser of the format mediapipe."""

from harness import fuzz

fuzz("mediapipe")
