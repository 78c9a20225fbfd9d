"""A heart-rate strap with the standard Heart Rate service."""
