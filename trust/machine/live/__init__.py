"""Looking at live rooms: the cached keyframe of the smallest layer, now and then, never in the relay's way."""
