"""Landing pages: what is an address of one, and whether it is still the page that was reviewed."""
