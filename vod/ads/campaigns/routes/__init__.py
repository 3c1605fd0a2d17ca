"""Advertising over HTTP: for advertisers, and for the people who run the platform."""
