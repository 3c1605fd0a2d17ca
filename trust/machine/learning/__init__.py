"""Learning from what people decided, finally: vectors and labels, never content."""
