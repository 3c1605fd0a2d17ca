"""Ads in the feed: this process as a node that holds slices of budgets, chooses ads and records what it serves."""
