"""The face of Cadeau: puts the domains together and runs them. Imports everything; nothing imports it."""

__version__ = "0.1.0"
