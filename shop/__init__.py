"""The shop: sellers and their products, carts, orders, and the money of both."""
