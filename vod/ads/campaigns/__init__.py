"""Advertisers, their campaigns and creatives, and the review of both."""
