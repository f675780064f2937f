"""Fuzz the parser of the format paddle-parameters."""

from harness import fuzz

fuzz("paddle-parameters")
