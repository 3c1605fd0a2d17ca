"""Everything that is written in a room: the log and the kinds of its events, the wire format, members and fan-out."""
