"""What each subscriber's connection can carry, and which layers fit into it."""
