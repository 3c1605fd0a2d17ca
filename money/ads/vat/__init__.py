"""The VAT on what advertisers pay in."""
