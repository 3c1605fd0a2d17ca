"""Copies of one’s data: asked for, made by a job, fetched for a week."""
