"""MXNet: parameters as a list of arrays, networks as JSON."""
