"""Checkpoints of Orbax: metadata in JSON, arrays of zarr, and OCDBT databases that hold them."""
