"""Privacy: exports, erasures, retention, consents, the breach log. Each table says elsewhere what it holds
(`core.privacy`)."""
