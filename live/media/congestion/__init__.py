"""Congestion control: a subscriber's bandwidth, and the layers that fit into it."""
