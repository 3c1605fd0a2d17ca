"""Payouts: earned coins become money in a creator's bank account, exactly once."""
