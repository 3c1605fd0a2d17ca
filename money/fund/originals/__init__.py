"""Videos that look like earlier ones: found, disputed, decided, and left out of closed months."""
