"""Rooms for search."""
