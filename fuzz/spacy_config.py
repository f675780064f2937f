"""Fuzz the parser of the format spacy-config."""

from harness import fuzz

fuzz("spacy-config")
