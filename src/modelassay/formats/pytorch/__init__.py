"""PyTorch: the zip archives, legacy streams and tar files that `torch.save` has written."""
