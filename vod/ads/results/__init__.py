"""What a campaign can expect, and what became of it."""
