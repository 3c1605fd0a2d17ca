"""What keeps people safe from each other: reports."""
