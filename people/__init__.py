"""Accounts, sessions, roles, follows and the age gate."""
