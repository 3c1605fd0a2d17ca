"""What a closed month says: to its creators, and without names to anybody who recomputes it."""
