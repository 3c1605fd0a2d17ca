"""What search finds in the shop."""
