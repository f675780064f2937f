"""Keras: the `.keras` archive, and the configuration of models in it, in HDF5 files and folders."""
