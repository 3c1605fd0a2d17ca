"""Assembles the domains into the application and runs it. Imports everything; nothing imports it."""

__version__ = "0.1.0"
