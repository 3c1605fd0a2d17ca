"""The experiment switch: two rankers side by side, and what people did with each."""
