"""Refusals over HTTP: the documents that answer them, and the security events that some of them are."""
