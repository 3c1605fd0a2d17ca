"""What the machine sees and reads. It looks, holds and opens cases; it never deletes, bans, strikes or moves money."""
