"""Fuzz the parser of the format chat-template."""

from harness import fuzz

fuzz("chat-template")
