"""What the ledger says about a month: a creator's statement, and the platform's revenue."""
