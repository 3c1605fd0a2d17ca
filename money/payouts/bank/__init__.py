"""The bank: files of payments, and its statements."""
