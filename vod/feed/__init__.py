"""The feed: which videos and rooms a viewer is shown, what was shown, and what they did with it."""
