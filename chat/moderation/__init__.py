"""Who keeps order in a host's rooms, and who may not write or come in."""
