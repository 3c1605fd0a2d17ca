"""Resumable uploads (tus 1.0): their records, their bytes, and their clean-up."""
