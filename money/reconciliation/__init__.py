"""Compares what moved at the payment provider with our books, both ways, and keeps every difference for people."""
