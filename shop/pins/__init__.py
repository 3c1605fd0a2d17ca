"""Products that hosts pin in their rooms, and creators tag in their videos."""
