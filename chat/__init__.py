"""The room log, its wire format, members and fan-out, gifts as they happen, room moderation."""
