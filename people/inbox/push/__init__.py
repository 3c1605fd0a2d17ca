"""Web push (RFC 8030, 8291, 8292): subscriptions, keys, and sending."""
