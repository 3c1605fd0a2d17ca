"""Sends one stream to many receivers: the hot path."""
