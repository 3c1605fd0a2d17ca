"""Ads where people go from one live room to the next."""
