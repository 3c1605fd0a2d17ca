"""Sounds: the audio of a video that others may put under theirs."""
