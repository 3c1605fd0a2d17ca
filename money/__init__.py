"""Ledger, wallets, gifts and commission, coin purchases. Every coin that moves, moves through `ledger.Ledger.post`."""
