"""What to compare with: methods without weights that answer the same clicks, by names that stand where weights are named."""
