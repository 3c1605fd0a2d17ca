"""What a person keeps for themselves: saved videos in collections, and the watch history. Nobody else sees it."""
