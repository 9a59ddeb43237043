"""Teaching a network: recipes, rollouts, losses, the loop, checkpoints and logs."""
