"""Payment methods that buyers have saved, and payments with them."""
