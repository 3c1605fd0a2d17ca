"""Short videos: uploads, transcoding, the catalogue and the feed."""
