"""What people can see and change of their feed: why, their interests, whether it is personal."""
