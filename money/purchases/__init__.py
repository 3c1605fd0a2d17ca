"""Coin purchases: their states, what the provider reports, refunds, disputes, and taking coins back."""
