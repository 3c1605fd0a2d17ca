"""One encoding, or some of its layers, as a gap-free stream that receivers subscribe to."""
