"""Products: what is for sale, for how much, and how many there are."""
