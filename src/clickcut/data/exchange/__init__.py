"""Cut-out objects in the formats of other tools: written, and read back."""
