"""Cutting objects out: what the network answers, every change of a work, and who works on what."""
