"""The index: documents, their words, and how they follow what changes."""
