"""Where files are read: in this process, or in others beside it (`local`)."""
