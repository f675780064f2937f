"""Rewriting of hostile files in ways that keep their effect: what is due for one is due for all."""
