"""Orders: placed, paid, sent, delivered, settled; and everything that may go otherwise."""
