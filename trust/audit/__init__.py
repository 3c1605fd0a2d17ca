"""The audit log: what staff did, as a hash chain."""
