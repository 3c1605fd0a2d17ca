"""Cases: what moderators look at, who has it, and what they decide."""
