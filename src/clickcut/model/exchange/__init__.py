"""Weights files of any kind, looked into without running anything in them, and written so that the field's own code reads them."""
