"""Which passwords are refused."""
