"""Sellers: who they are, where they send to, and what they get."""
