"""Reading lines: normalized, compared with lists, and scored by what moderators have decided."""
