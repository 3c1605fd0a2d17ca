"""What creators learn about their videos: daily counts, made from the events that the server has checked."""
