"""Which ad is shown, for how much, and when: arrays and pure functions, without SQL or a clock of their own."""
