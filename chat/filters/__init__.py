"""What hosts and admins filter: words and links, lines that wait for a moderator."""
