"""Accounts that rest, and accounts that are erased."""
