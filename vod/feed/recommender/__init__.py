"""The recommender: arrays in memory that learn from every signal and rank the videos for a person.

It imports no other part of the project and does no I/O: whoever uses it feeds it checked signals and keeps its
snapshots (`vod/feed/learning`).
"""
