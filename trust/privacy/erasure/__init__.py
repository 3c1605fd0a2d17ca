"""Erasures: asked for, undone, done in steps, replayed after a backup, and proved by a search."""
