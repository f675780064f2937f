"""Bounded access to bytes: blobs, checked cursors, inflation and the budget of a scan."""
