"""What browsers say of the ads they were given: checked, counted, billed."""
