"""Receipts for purchases and credit notes for what went back: numbers without gaps, and a frozen content."""
