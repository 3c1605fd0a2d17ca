"""Sponsored goals: money for a host whose room gives so many coins in a time, held until it is reached or not."""
