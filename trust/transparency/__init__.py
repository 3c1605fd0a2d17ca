"""What was reported and decided, month by month, for everybody: see docs/moderation.md."""
