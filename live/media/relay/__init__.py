"""From a publisher's streams to its subscribers."""
