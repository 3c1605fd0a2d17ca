"""Text that people type: what is kept of it, how long it is, and when two texts are the same."""

from core.text.clean import clean_line, clean_lines
from core.text.compare import folded

__all__ = ["clean_line", "clean_lines", "folded"]
