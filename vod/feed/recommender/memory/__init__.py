"""What the recommender remembers, as arrays: videos, people, and which videos go together."""
