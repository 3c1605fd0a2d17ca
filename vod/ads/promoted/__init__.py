"""Promoted posts: a creator's own video as an ad, by their consent and for a share."""
