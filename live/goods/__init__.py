"""What a room shows of the shop: products that are pinned in it."""
