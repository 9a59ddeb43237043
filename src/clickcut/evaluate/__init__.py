"""Measuring a predictor with simulated clicks: protocol, runner, report and baselines."""
