"""What moderation costs, by people and by machine."""
