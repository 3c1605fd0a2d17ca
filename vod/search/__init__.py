"""Search: what people, videos, hashtags and live rooms are found by, and in which order. See docs/search.md."""
