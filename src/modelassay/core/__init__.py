"""The ground: types only. Nothing here reads bytes, judges or prints."""
