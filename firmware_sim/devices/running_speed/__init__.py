"""A running pod with the standard Running Speed and Cadence service."""
