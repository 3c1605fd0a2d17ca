"""Taxes of those who are paid: their details, and the figures that tax offices ask for."""
