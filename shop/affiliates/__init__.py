"""Affiliates: creators who promote what others sell, and what they get for it."""
