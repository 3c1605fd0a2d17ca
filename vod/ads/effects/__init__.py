"""Sponsored effects: data files for the client's renderer, booked by the day, named on everything made with them."""
