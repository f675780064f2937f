"""Fuzz the parser of the format mlflow-model."""

from harness import fuzz

fuzz("mlflow-model")
