"""Flash prices: what a product costs for a while, and as long as pieces of it are left."""
