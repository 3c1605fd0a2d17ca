"""What keeps the recommender fed: checked events, voices, one model a process, snapshots, refits."""
