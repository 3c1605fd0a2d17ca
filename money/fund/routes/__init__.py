"""The creator fund over HTTP."""
