"""What each column of the stride table means: one small file per metric, and their registry."""
