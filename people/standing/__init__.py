"""How people stand: what moderators forbid them for a time."""
