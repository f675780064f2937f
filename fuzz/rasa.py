"""Fuzz the parser of the format rasa."""

from harness import fuzz

fuzz("rasa")
