"""VAT on coins: whose rate applies, what each transfer did to it, and the reports of a quarter."""
