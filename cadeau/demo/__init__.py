"""Demo mode: made-up people, generated videos and one live room, so that the first page is never empty."""
