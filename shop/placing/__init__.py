"""Placing orders, many at a time."""
