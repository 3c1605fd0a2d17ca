"""Challenges over HTTP: for everybody, for sponsors, and for the people who run the platform."""
