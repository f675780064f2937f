"""Fuzz the parser of the format safetensors."""

from harness import fuzz

fuzz("safetensors")
