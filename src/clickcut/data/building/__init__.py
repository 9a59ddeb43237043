"""Annotations that the field makes out of others before it trains."""
