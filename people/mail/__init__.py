"""E-mail: proved addresses, links that count once, and an outbox that is sent by SMTP."""
