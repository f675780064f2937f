"""The version of modelassay."""

__version__ = "0.1.0"
