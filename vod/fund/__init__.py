"""Which views count in the creator fund. See docs/fund.md."""
