"""Offline evaluation: what the recommender would have predicted, and what it does in a simulated world."""
