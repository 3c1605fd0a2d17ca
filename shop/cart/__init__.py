"""Carts: what somebody wants, from several sellers, and what it costs now."""
