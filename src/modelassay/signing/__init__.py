"""Manifests of a known safe state: every file's hash with the verdict it had, and signatures."""
