"""Networks in torch: how a crop is fitted to them, their parts, the early- and late-fusion families, presets and weights files."""
