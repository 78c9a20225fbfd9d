"""Polar Verity Sense: compressed frames with the time of their last sample, and a mode for raw sensors."""
