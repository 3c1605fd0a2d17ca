"""The catalogue: videos, their stored files, likes and comments."""
