"""Advertising: campaigns and their money, the choice of an ad, and what is billed."""
