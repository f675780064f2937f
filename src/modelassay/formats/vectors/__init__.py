"""Vectors of words: fastText and word2vec, numbers with a dictionary in front or between."""
