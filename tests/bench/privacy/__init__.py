"""The bench of copies of data."""
