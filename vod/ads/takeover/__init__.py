"""Takeovers: the first thing that is shown after opening the feed, sold by the day."""
