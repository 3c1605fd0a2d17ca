"""Coupons: codes of sellers that take something off an order."""
