"""Bills that can be checked: a receipt for each billed view, one posting a minute, a published root for each day."""
