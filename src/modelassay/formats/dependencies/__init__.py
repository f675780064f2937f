"""What a model asks to have installed: requirements of pip, environments of conda, projects."""
