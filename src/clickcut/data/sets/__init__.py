"""Readers of the sets that the field trains and measures on, each in its official layout."""
