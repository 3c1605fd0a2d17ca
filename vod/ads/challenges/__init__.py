"""Hashtag challenges: what a sponsor books, who enters, who wins, and how the prize gets there."""
